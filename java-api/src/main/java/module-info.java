/**
 * Weir: the streams of Python's asyncio for the JVM.
 *
 * <p>Start at {@link io.weir.AsyncStreams}; the package {@link io.weir} describes how it works.
 *
 * @since 0.1.0
 */
module io.weir {
  requires static transitive jdk.net; // for ExtraInfo.PEER_CREDENTIALS, where it is present
  requires static jdk.jfr; // for the events, where it is present
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports io.weir;
  exports io.weir.channels;
}

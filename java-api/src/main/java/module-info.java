/** Asynchronous byte streams over TCP, Unix domain sockets and TLS. */
module io.weir {
  requires static transitive org.jspecify;

  exports io.weir;
}

package io.weir;

import org.jspecify.annotations.Nullable;

/**
 * The peer's bytes ended without the good-bye of TLS (close_notify): either the peer leaves without
 * a word, or somebody cut the connection off to hide what would have come. All bytes that came
 * before can be read. {@link TlsOptions#withTruncationAsEof} makes an end in order of it.
 *
 * <p>asyncio shows a clean end of the stream instead. RFC 8446, section 6.1.
 */
public final class TlsTruncationException extends TlsException {

  private static final long serialVersionUID = 1L;

  TlsTruncationException(String message, @Nullable Throwable cause) {
    super(TlsFailure.TRUNCATED, message, cause);
  }
}

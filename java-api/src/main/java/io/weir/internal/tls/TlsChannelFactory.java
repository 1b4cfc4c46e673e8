package io.weir.internal.tls;

import io.weir.internal.channel.AsyncByteChannel;

/** Creates the TLS channel of one connection. Creation neither blocks nor fails. */
public interface TlsChannelFactory {

  /**
   * Wraps a channel.
   *
   * @param inner the channel below, which belongs to the returned channel from now on
   */
  TlsChannel wrap(AsyncByteChannel inner);
}

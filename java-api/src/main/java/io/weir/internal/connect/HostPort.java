package io.weir.internal.connect;

/**
 * A host and a port.
 *
 * @param host a name or an address
 * @param port a port, 0 for any free port
 */
public record HostPort(String host, int port) {

  @Override
  public String toString() {
    return host + ":" + port;
  }
}

package io.weir.internal.channel;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Determines why an address cannot be bound. The JDK distinguishes EADDRNOTAVAIL from EADDRINUSE
 * and EACCES only by the text of strerror, which depends on the locale. So this class binds probe
 * sockets, which do not listen.
 */
final class LocalAddress {

  private LocalAddress() {}

  /**
   * Returns whether this machine lacks an address or its family. Returns false when that is
   * unknown, so that the failure is reported.
   */
  static boolean isMissing(InetAddress address) {
    ProtocolFamily family =
        address instanceof Inet4Address
            ? StandardProtocolFamily.INET
            : StandardProtocolFamily.INET6;
    try {
      bindAnyPort(family, address); // with any port, EADDRINUSE and EACCES are ruled out
      return false;
    } catch (UnsupportedOperationException noSuchFamily) {
      return true;
    } catch (BindException refused) {
      return canBindAnyAddress(family); // else the system refuses any socket
    } catch (IOException | RuntimeException unknown) {
      return false;
    }
  }

  private static boolean canBindAnyAddress(ProtocolFamily family) {
    try {
      bindAnyPort(family, null);
      return true;
    } catch (IOException | RuntimeException refused) {
      return false;
    }
  }

  private static void bindAnyPort(ProtocolFamily family, @Nullable InetAddress address)
      throws IOException {
    try (SocketChannel probe = SocketChannel.open(family)) {
      probe.bind(address == null ? null : new InetSocketAddress(address, 0));
    }
  }
}

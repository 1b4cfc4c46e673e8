package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Errors of a provider that have no text. */
class RefusedSocketTest {

  private final UnsupportedOperationException withoutText = new UnsupportedOperationException();

  @Test
  void an_address_that_cannot_be_bound_names_the_class_of_the_cause() {
    InetSocketAddress address = InetSocketAddress.createUnresolved("here.test", 7);

    assertEquals(
        "error while attempting to bind on address "
            + address
            + ": java.lang.UnsupportedOperationException",
        TcpSockets.notBound(address, withoutText).getMessage());
  }

  @Test
  void an_option_that_is_refused_names_the_class_of_the_cause() {
    NetworkChannel refusing =
        (NetworkChannel)
            Proxy.newProxyInstance(
                RefusedSocketTest.class.getClassLoader(),
                new Class<?>[] {NetworkChannel.class},
                (proxy, method, arguments) -> {
                  throw withoutText;
                });

    IOException refused =
        assertThrows(
            IOException.class,
            () -> SocketOptions.set(refusing, Map.of(StandardSocketOptions.SO_RCVBUF, 7)));
    assertEquals(
        "socket option SO_RCVBUF cannot be set to 7: java.lang.UnsupportedOperationException",
        refused.getMessage());
  }
}

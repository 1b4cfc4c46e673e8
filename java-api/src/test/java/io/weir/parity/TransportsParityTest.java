package io.weir.parity;

import static io.weir.testing.Texts.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.weir.ExtraInfo;
import io.weir.StreamReader;
import io.weir.Transport;
import io.weir.testing.ScriptedChannel;
import io.weir.testing.ScriptedConnection;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** CPython's test_transports.py. */
class TransportsParityTest {

  private final ScriptedConnection scripted = ScriptedConnection.made(StreamReader.DEFAULT_LIMIT);
  private final ScriptedChannel channel = scripted.channel();
  private final Transport transport = scripted.transport();

  @Test
  @DisplayName("a fact that the connection has is told, one that it has not is null or the default")
  void testGetExtraInfo() {
    SocketAddress otherwise = new InetSocketAddress(0);
    assertEquals(channel.remoteAddress(), transport.getExtraInfo(ExtraInfo.PEER_NAME));
    assertEquals(channel.remoteAddress(), transport.getExtraInfo(ExtraInfo.PEER_NAME, otherwise));

    channel.forgetAddresses();

    assertNull(transport.getExtraInfo(ExtraInfo.PEER_NAME));
    assertEquals(otherwise, transport.getExtraInfo(ExtraInfo.PEER_NAME, otherwise));
  }

  @Test
  @DisplayName("many parts make one write of all of them")
  void testWritelines() {
    scripted
        .writer()
        .writeLines(List.of(bytes("line1"), bytes("line2"), bytes(""), bytes("line3")));

    assertEquals(List.of(1), channel.gathered());
    assertEquals("line1line2line3", channel.writtenText());
  }
}

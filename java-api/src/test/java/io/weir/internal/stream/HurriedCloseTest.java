package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.ForwardingChannel;
import io.weir.internal.concurrent.VirtualTimers;
import io.weir.testing.CuttableWire;
import io.weir.testing.TlsOverWire;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A graceful close hurries its channel before it closes it, because TLS could stop too early. */
class HurriedCloseTest {

  private static final class CallsOfClose extends ForwardingChannel {

    private final List<String> calls = new ArrayList<>();

    CallsOfClose(AsyncByteChannel inner) {
      super(inner);
    }

    @Override
    public boolean canEndOutput() {
      return false; // as over TLS
    }

    @Override
    public void hurryClose() {
      calls.add("hurryClose");
      inner.hurryClose();
    }

    @Override
    public void close(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
      calls.add("close");
      inner.close(handler);
    }
  }

  private final CallsOfClose channel = new CallsOfClose(new CuttableWire().left());
  private final TlsOverWire.Ours ours = TlsOverWire.Ours.over(channel, new VirtualTimers());

  @Test
  void a_graceful_close_hurries_the_channel_and_then_closes_it() {
    ours.writer().closeGracefully(Duration.ofSeconds(8));
    assertEquals(List.of("hurryClose", "close"), channel.calls);
  }

  @Test
  void a_graceful_close_with_unsent_data_hurries_the_channel_before_that_is_sent() {
    ours.writer().write(new byte[10_000_000]);
    ours.writer().closeGracefully(Duration.ofSeconds(8));
    assertEquals("hurryClose", channel.calls.get(0));
  }

  @Test
  void a_close_does_not_hurry_the_channel() {
    ours.writer().close();
    assertEquals(List.of("close"), channel.calls);
  }
}

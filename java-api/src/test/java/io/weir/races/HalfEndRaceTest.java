package io.weir.races;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.StreamWriter;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.MemoryChannel;
import io.weir.internal.concurrent.DaemonTimers;
import io.weir.internal.stream.Connection;
import io.weir.internal.stream.ConnectionSettings;
import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedConnection;
import io.weir.testing.Tasks;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HalfEndRaceTest {

  @Test
  void F36_closing_while_the_half_end_is_being_sent_is_an_end_in_order() throws Exception {
    Closing closing = new Closing(MemoryChannel.pair(100).left());
    closing.writer.writeEof();

    Deadline.get(CallbackCheck.watch(closing.writer.waitClosed()));
    assertTrue(Deadline.get(closing.inAnotherThread));
  }

  /**
   * A channel, and a connection that is closed in another thread just when its half is to be ended.
   * Should that close the channel at once, the end of the half fails, and the connection is told of
   * that first.
   */
  private static final class Closing implements InvocationHandler {

    final StreamWriter writer;
    private final AsyncByteChannel channel;
    private final CompletableFuture<@Nullable Void> channelClosed = new CompletableFuture<>();

    volatile Future<Boolean> inAnotherThread = new CompletableFuture<>();
    private volatile boolean halfEnded;

    Closing(AsyncByteChannel channel) {
      this.channel = channel;
      Class<?>[] interfaces = {AsyncByteChannel.class};
      Object proxy = Proxy.newProxyInstance(Closing.class.getClassLoader(), interfaces, this);
      Connection connection =
          new Connection(
              (AsyncByteChannel) proxy,
              ConnectionSettings.of(100),
              new DaemonTimers("half-end-timers"),
              ended -> {});
      writer = ScriptedConnection.writerOf(connection);
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      switch (method.getName()) {
        case "endOutput" -> closeInAnotherThread();
        case "close" -> closeAndLetTheOtherFailFirst();
        default -> {}
      }
      try {
        Object result = method.invoke(channel, arguments);
        halfEnded = halfEnded || method.getName().equals("endOutput");
        return result;
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }

    private void closeInAnotherThread() {
      inAnotherThread =
          Tasks.start(
              () -> {
                writer.close();
                return true;
              });
      Deadline.await(
          "the other thread is done, or has closed the channel",
          () -> inAnotherThread.isDone() || channelClosed.isDone());
    }

    private void closeAndLetTheOtherFailFirst() {
      channel.abort();
      channelClosed.complete(null);
      if (!halfEnded) {
        Deadline.await("the failure is told", () -> writer.waitClosed().isDone());
      }
    }
  }
}

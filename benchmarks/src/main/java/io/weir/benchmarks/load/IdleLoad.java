package io.weir.benchmarks.load;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Opens connections that stay idle. */
public final class IdleLoad {

  /** The start of the line that is printed when all connections are open. */
  public static final String OPEN = "open: ";

  private IdleLoad() {}

  /** Opens the connections, prints their number, and keeps them open for the time of the plan. */
  public static void run(LoadPlan plan) throws IOException, InterruptedException {
    List<SocketChannel> channels = new ArrayList<>();
    for (int i = 0; i < plan.connections(); i++) {
      channels.add(SocketChannel.open(plan.server()));
    }
    System.out.println(OPEN + channels.size());
    TimeUnit.MILLISECONDS.sleep((long) (plan.seconds() * 1e3));
    for (SocketChannel channel : channels) {
      channel.close();
    }
  }
}

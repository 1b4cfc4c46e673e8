package io.weir.benchmarks.load;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Connections on which nothing is said. */
public final class IdleLoad {

  /** What it prints when all are open. */
  public static final String OPEN = "open: ";

  private IdleLoad() {}

  /** Opens them, says so, and keeps them open for as long as the plan says. */
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

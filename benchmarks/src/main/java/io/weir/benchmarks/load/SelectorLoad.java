package io.weir.benchmarks.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/** A load of any number of connections, on one thread with a selector. */
final class SelectorLoad implements Workers.Worker {

  private static final int BUFFER = 256 * 1024;
  private static final long GLANCE_AT_CLOCK = 100; // milliseconds

  private final LoadPlan plan;
  private final Selector selector = Selector.open();
  private final ByteBuffer incoming = ByteBuffer.allocateDirect(BUFFER);

  /**
   * One message more than are in flight, so that the unsent bytes can start anywhere in the first.
   */
  private final ByteBuffer outgoing;

  private SelectorLoad(LoadPlan plan) throws IOException {
    this.plan = plan;
    byte[] bytes = plan.messages(plan.depth() + 1);
    this.outgoing = ByteBuffer.allocateDirect(bytes.length).put(bytes);
  }

  static SelectorLoad connect(LoadPlan plan) throws IOException {
    SelectorLoad load = new SelectorLoad(plan);
    for (int i = 0; i < plan.connections(); i++) {
      load.connectOne();
    }
    return load;
  }

  private void connectOne() throws IOException {
    SocketChannel channel = SocketChannel.open(plan.server());
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
    SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
    key.attach(plan.bulk() ? new Sender(channel, key) : new Talker(channel, key));
  }

  @Override
  public void run(Tally tally) throws IOException {
    try (selector) {
      for (SelectionKey key : selector.keys()) {
        ((Link) key.attachment()).start(tally);
      }
      while (!tally.clock().isStopped()) {
        selector.select(GLANCE_AT_CLOCK);
        for (SelectionKey key : selector.selectedKeys()) {
          ((Link) key.attachment()).ready(tally);
        }
        selector.selectedKeys().clear();
      }
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
    }
  }

  /** One connection. */
  private abstract static sealed class Link {

    final SocketChannel channel;
    final SelectionKey key;

    Link(SocketChannel channel, SelectionKey key) {
      this.channel = channel;
      this.key = key;
    }

    abstract void start(Tally tally) throws IOException;

    abstract void ready(Tally tally) throws IOException;
  }

  /** Sends a message for each answer. */
  private final class Talker extends Link {

    private final long[] sentAt = new long[plan.depth()];
    private int oldest; // the message that is answered next, an index of sentAt
    private int received; // bytes of that answer
    private int unsent; // bytes
    private int position; // in a message, where the unsent bytes start

    Talker(SocketChannel channel, SelectionKey key) {
      super(channel, key);
    }

    @Override
    void start(Tally tally) throws IOException {
      long now = System.nanoTime();
      Arrays.fill(sentAt, now);
      unsent = plan.depth() * plan.size();
      send();
    }

    @Override
    void ready(Tally tally) throws IOException {
      if (key.isReadable()) {
        receive(tally);
      }
      if (unsent > 0) {
        send();
      }
    }

    private void receive(Tally tally) throws IOException {
      int count = channel.read(incoming.clear());
      if (count < 0) {
        throw new EOFException("the server has closed a connection");
      }
      received += count;
      if (received >= plan.size()) {
        answered(tally);
      }
    }

    private void answered(Tally tally) {
      long now = System.nanoTime();
      for (; received >= plan.size(); received -= plan.size()) {
        tally.answered(now - sentAt[oldest]);
        sentAt[oldest] = now;
        oldest = oldest + 1 == sentAt.length ? 0 : oldest + 1;
        unsent += plan.size();
      }
    }

    private void send() throws IOException {
      int sent = channel.write(outgoing.limit(position + unsent).position(position));
      unsent -= sent;
      position = (position + sent) % plan.size();
      int interest =
          unsent > 0 ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
      if (key.interestOps() != interest) {
        key.interestOps(interest);
      }
    }
  }

  /** Sends as much as it can. */
  private final class Sender extends Link {

    private long partial; // bytes of a message that is not counted yet

    Sender(SocketChannel channel, SelectionKey key) {
      super(channel, key);
    }

    @Override
    void start(Tally tally) {
      key.interestOps(SelectionKey.OP_WRITE);
    }

    @Override
    void ready(Tally tally) throws IOException {
      partial += channel.write(outgoing.clear());
      tally.sent(partial / plan.size());
      partial %= plan.size();
    }
  }
}

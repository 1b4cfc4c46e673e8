package io.weir.internal.stream;

import io.weir.AsyncRuntime;
import io.weir.InternalAccess;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.MemoryChannel;
import io.weir.internal.channel.SelectorChannelGroup;
import io.weir.internal.channel.SelectorSocketChannel;
import io.weir.internal.concurrent.Timers;
import io.weir.testing.BlockingSockets;
import io.weir.testing.ChannelProviders;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedConnection;
import io.weir.testing.Tasks;
import io.weir.testing.Texts;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;

/** A connection over a channel that may throw, and its peer. */
final class FailingConnection implements AutoCloseable {

  /** What the bytes travel through. */
  enum Medium {
    MEMORY,
    SOCKET
  }

  /** The other end, without the library. */
  private interface Peer {
    void send(byte[] bytes) throws IOException;

    /** Reads everything; completes when it has seen the end of the connection, of any kind. */
    Future<Void> readToEnd();

    void close() throws IOException;
  }

  private static final int CAPACITY = 64 * 1024;
  private static final SelectorChannelGroup LOOPS = ChannelProviders.selectors("faulty", 1);

  final FailingChannel channel;
  final Connection connection;
  final StreamReader reader;
  final StreamWriter writer;
  private final Peer peer;

  private FailingConnection(
      AsyncByteChannel medium, Peer peer, Timers timers, ConnectionSettings terms) {
    this.channel = new FailingChannel(medium);
    this.peer = peer;
    this.connection = new Connection(channel, terms, timers, ended -> {});
    this.reader = ScriptedConnection.readerOf(connection);
    this.writer = ScriptedConnection.writerOf(connection);
  }

  /** Makes one that has not been started. */
  static FailingConnection make(Medium medium, Timers timers, Executor callbacks, Timeouts timeouts)
      throws IOException {
    ConnectionSettings terms =
        new ConnectionSettings(StreamReader.DEFAULT_LIMIT, callbacks, timeouts);
    if (medium == Medium.MEMORY) {
      MemoryChannel.Pair pair = MemoryChannel.pair(CAPACITY);
      return new FailingConnection(pair.left(), new MemoryPeer(pair.right()), timers, terms);
    }
    try (ServerSocket server = BlockingSockets.listen()) {
      SocketChannel ours = SocketChannel.open(server.getLocalSocketAddress());
      return new FailingConnection(
          SelectorSocketChannel.adopt(ours, LOOPS),
          new SocketPeer(BlockingSockets.accept(server)),
          timers,
          terms);
    }
  }

  /** Makes one that works, and has been started. */
  static FailingConnection open(Medium medium) throws IOException {
    FailingConnection link =
        make(medium, InternalAccess.io(AsyncRuntime.shared()).timers(), null, Timeouts.NONE);
    link.connection.start();
    return link;
  }

  /** The peer sends, if the connection is still there. */
  void send(String text) {
    try {
      peer.send(Texts.bytes(text));
    } catch (IOException ended) {
      // So the peer has seen the end.
    }
  }

  /** The peer reads; completes when it has seen the end of the connection. */
  Future<Void> peerReadsToEnd() {
    return peer.readToEnd();
  }

  @Override
  public void close() throws IOException {
    connection.abort();
    peer.close();
  }

  private record MemoryPeer(MemoryChannel channel) implements Peer {

    @Override
    public void send(byte[] bytes) {
      CompletableFuture<Long> sent = new CompletableFuture<>();
      channel.write(new ByteBuffer[] {ByteBuffer.wrap(bytes)}, 1, telling(sent));
      Deadline.get(sent.handle((count, error) -> count));
    }

    @Override
    public Future<Void> readToEnd() {
      return Tasks.start(
          () -> {
            int count = 0;
            while (count >= 0) {
              CompletableFuture<Integer> read = new CompletableFuture<>();
              channel.read(ByteBuffer.allocate(CAPACITY), telling(read));
              count = read.handle((n, error) -> error == null ? n : -1).get();
            }
            return null;
          });
    }

    @Override
    public void close() {
      channel.abort();
    }

    private static <T> CompletionHandler<T, Void> telling(CompletableFuture<T> future) {
      return new CompletionHandler<>() {
        @Override
        public void completed(T result, Void attachment) {
          future.complete(result);
        }

        @Override
        public void failed(Throwable error, Void attachment) {
          future.completeExceptionally(error);
        }
      };
    }
  }

  private record SocketPeer(Socket socket) implements Peer {

    @Override
    public void send(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
    }

    @Override
    public Future<Void> readToEnd() {
      return Tasks.start(
          () -> {
            byte[] buffer = new byte[CAPACITY];
            int count = 0;
            try {
              while (count >= 0) {
                count = socket.getInputStream().read(buffer);
              }
            } catch (IOException reset) {
              return null;
            }
            return null;
          });
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}

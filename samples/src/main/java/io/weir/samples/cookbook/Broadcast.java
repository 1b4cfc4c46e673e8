package io.weir.samples.cookbook;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Sends messages to all clients of a server. A client that reads slowly delays no other. */
public final class Broadcast {

  /** What happens to a client whose queue is over the limit when a message is published. */
  public enum SlowClient {
    /** It misses the message. */
    SKIPPED,
    /** It is disconnected. */
    CUT_OFF
  }

  private static final int MAX_BEHIND = 1 << 20;

  private final Set<StreamWriter> clients = ConcurrentHashMap.newKeySet();
  private final SlowClient slowClient;

  /** Creates a broadcast without clients. */
  public Broadcast(SlowClient slowClient) {
    this.slowClient = slowClient;
  }

  /** Starts the server, which sends the messages to all clients. */
  public CompletableFuture<Server> start(String host, int port) {
    return AsyncStreams.startServer(ConnectionHandler.closing(this::handle), host, port);
  }

  private CompletionStage<?> handle(StreamReader reader, StreamWriter writer) {
    clients.add(writer);
    return reader
        .forEachChunk(1024, ignored -> CompletableFuture.completedFuture(null))
        .whenComplete((ended, error) -> clients.remove(writer));
  }

  /** Sends a message to all clients that have room for it. Never waits. */
  public void publish(byte[] message) {
    if (slowClient == SlowClient.CUT_OFF) {
      clients.removeIf(Broadcast::cutOffIfBehind);
    }
    for (StreamWriter client : clients) {
      if (!isBehind(client)) {
        client.write(message);
      }
    }
  }

  private static boolean cutOffIfBehind(StreamWriter client) {
    if (isBehind(client)) {
      client.transport().abort();
    }
    return client.isClosing();
  }

  private static boolean isBehind(StreamWriter client) {
    return client.transport().getWriteBufferSize() > MAX_BEHIND;
  }

  /** Returns the number of clients. */
  public int size() {
    return clients.size();
  }
}

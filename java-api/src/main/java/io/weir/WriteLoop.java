package io.weir;

import io.weir.internal.concurrent.TurnLoop;
import io.weir.internal.stream.Connection;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes the elements of an iterator, each after the drain of the previous one. */
final class WriteLoop extends TurnLoop {

  private final Connection connection;
  private final Object writer; // also keeps the connection open
  private final Iterator<byte[]> elements;

  private @Nullable Stream<?> source; // between turns; to be closed once

  private WriteLoop(
      Connection connection, Object writer, Iterator<byte[]> elements, @Nullable Stream<?> source) {
    this.connection = connection;
    this.writer = writer;
    this.elements = elements;
    this.source = source;
    done.whenComplete((nothing, ended) -> runTurns()); // closes the source of a cancelled loop
  }

  static CompletableFuture<@Nullable Void> start(
      Connection connection, Object writer, Iterator<byte[]> elements) {
    return new WriteLoop(connection, writer, elements, null).start();
  }

  static CompletableFuture<@Nullable Void> start(
      Connection connection, Object writer, Stream<byte[]> elements) {
    return new WriteLoop(connection, writer, elements.iterator(), elements).start();
  }

  @Override
  protected void turn() {
    if (done.isDone()) {
      close(null);
    } else if (error != null) {
      end(error);
    } else {
      writeNext();
    }
  }

  private void writeNext() {
    try {
      if (elements.hasNext()) {
        byte[] next = Objects.requireNonNull(elements.next(), "an element of elements");
        connection.write(next, 0, next.length);
        connection.drain(writer).whenComplete((nothing, failure) -> runTurnsAfter(failure));
      } else {
        end(null);
      }
    } catch (Throwable thrown) { // user code: any exception terminates the loop
      end(thrown);
    }
  }

  private void end(@Nullable Throwable failure) {
    Throwable all = close(failure);
    if (all == null) {
      done.complete(null);
    } else {
      fail(all);
    }
  }

  /** Closes the source, once; returns what failed. */
  private @Nullable Throwable close(@Nullable Throwable failure) {
    Stream<?> open = source;
    source = null;
    try {
      if (open != null) {
        open.close();
      }
      return failure;
    } catch (Throwable thrown) { // user code
      if (failure == null) {
        return thrown;
      }
      if (failure != thrown) {
        failure.addSuppressed(thrown);
      }
      return failure;
    }
  }
}

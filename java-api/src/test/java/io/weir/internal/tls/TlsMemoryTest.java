package io.weir.internal.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.StreamReader;
import io.weir.testing.Deadline;
import io.weir.testing.GarbageCollection;
import io.weir.testing.TlsOverWire;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What TLS keeps in memory. */
class TlsMemoryTest {

  private static final int KIB = 1024;
  private static final int IDLE = 100;

  /** The most of it belongs to the machine of the JDK. */
  private static final int MOST_IDLE_BYTES = 48 * KIB;

  @Test
  void a_slow_peer_holds_the_writer_up_and_no_more_is_encrypted_than_one_batch() {
    TlsOverWire.Half half = TlsOverWire.server("TLSv1.3");
    half.wire().left().holdWrites();
    int before = half.wire().left().sent().length;
    CompletableFuture<Void> drain = CompletableFuture.completedFuture(null);
    int written = 0;
    while (drain.isDone()) {
      half.ours().writer().write(new byte[16 * KIB]);
      written += 16 * KIB;
      drain = half.ours().writer().drain();
    }

    long high = half.ours().writer().transport().getWriteBufferLimits().high();
    assertTrue(written <= high + 16 * KIB, "written: " + written);
    assertEquals(written, half.ours().writer().transport().getWriteBufferSize());
    assertEquals(before, half.wire().left().sent().length);
    half.wire().left().releaseWrites();
    Deadline.get(drain);
    assertEquals(written, half.peer().heard().length());
  }

  @Test
  void a_slow_reader_stops_the_decryption_and_the_reading() {
    TlsOverWire.Half half = TlsOverWire.server("TLSv1.3");
    long before = half.wire().left().received();
    for (int i = 0; i < 200; i++) {
      half.peer().send(new byte[16 * KIB]);
    }

    long read = half.wire().left().received() - before;
    assertFalse(half.ours().writer().transport().isReading());
    assertTrue(read < 5L * StreamReader.DEFAULT_LIMIT, "read: " + read);
    assertEquals(
        200 * 16 * KIB, Deadline.get(half.ours().reader().readExactly(200 * 16 * KIB)).length);
  }

  @Test
  void an_idle_connection_is_small() {
    List<TlsOverWire> idle = new ArrayList<>();
    idle.add(TlsOverWire.shaken("TLSv1.3"));
    long before = used();
    for (int i = 0; i < IDLE; i++) {
      idle.add(TlsOverWire.shaken("TLSv1.3"));
    }
    long each = (used() - before) / (2 * IDLE);

    System.out.printf("TLS idle: %d bytes a connection%n", each);
    assertTrue(each < MOST_IDLE_BYTES, "bytes: " + each);
    assertEquals(IDLE + 1, idle.size());
  }

  private static long used() {
    WeakReference<Object> garbage = new WeakReference<>(new Object());
    GarbageCollection.collectUntil("a collection", () -> garbage.get() == null);
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}

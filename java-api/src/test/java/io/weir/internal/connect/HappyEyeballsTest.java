package io.weir.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.MemoryChannel;
import io.weir.internal.concurrent.VirtualTimers;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The race of addresses, on virtual time in a network that does what the test says. */
class HappyEyeballsTest {

  private static final Duration DELAY = Duration.ofMillis(250);
  private static final Duration ALMOST = DELAY.minusMillis(1);
  private static final Duration MILLI = Duration.ofMillis(1);

  private final VirtualTimers timers = new VirtualTimers();
  private final ScriptedNetwork network = new ScriptedNetwork();
  private final Outcome outcome = new Outcome();

  /** What the race has told. */
  private static final class Outcome
      implements CompletionHandler<AsyncByteChannel, @Nullable Void> {

    @Nullable AsyncByteChannel winner;
    @Nullable Throwable failure;
    int calls;

    @Override
    public void completed(AsyncByteChannel channel, @Nullable Void attachment) {
      winner = channel;
      calls++;
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      failure = error;
      calls++;
    }
  }

  private static List<InetSocketAddress> addresses(int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(i -> InetSocketAddress.createUnresolved("address-" + i, i))
        .toList();
  }

  private HappyEyeballs race(int addresses, @Nullable Duration delay) {
    return HappyEyeballs.race(
        "host 'many.test', port 1", addresses(addresses), network, delay, timers, outcome);
  }

  /** All but the winner are closed, and no timer runs. */
  private void assertOnlyOneIsOpen(int winner) {
    assertEquals(0, timers.waiting());
    for (int i = 0; i < network.dialled.size(); i++) {
      assertEquals(i != winner, network.at(i).closed, "attempt " + i);
    }
  }

  @Test
  void the_second_address_is_dialled_when_the_first_has_been_silent_for_the_delay() {
    race(2, DELAY);
    timers.advance(ALMOST);
    assertEquals(1, network.dialled.size());
    timers.advance(MILLI);
    assertEquals(2, network.dialled.size());

    AsyncByteChannel live = network.at(1).answer();

    assertSame(live, outcome.winner);
    assertTrue(network.at(0).closed);
    assertOnlyOneIsOpen(1);
  }

  @Test
  void an_address_that_answers_within_the_delay_is_the_only_one_dialled() {
    race(3, DELAY);
    timers.advance(ALMOST);
    network.at(0).answer();
    timers.advance(Duration.ofDays(1));

    assertEquals(1, network.dialled.size());
    assertOnlyOneIsOpen(0);
  }

  @Test
  void a_failure_starts_the_next_at_once_and_the_delay_anew() {
    race(3, DELAY);
    timers.advance(ALMOST);
    network.at(0).fail("refused");
    assertEquals(2, network.dialled.size());
    timers.advance(ALMOST);
    assertEquals(2, network.dialled.size());
    timers.advance(MILLI);

    assertEquals(3, network.dialled.size());
  }

  @Test
  void a_failure_of_an_earlier_address_does_not_hurry_the_next() {
    race(3, DELAY);
    timers.advance(DELAY);
    network.at(0).fail("refused late");
    assertEquals(2, network.dialled.size());
    timers.advance(DELAY);

    assertEquals(3, network.dialled.size());
  }

  @Test
  void the_first_can_still_win_when_others_have_been_dialled() {
    race(3, DELAY);
    timers.advance(DELAY.multipliedBy(2));
    assertEquals(3, network.dialled.size());
    AsyncByteChannel first = network.at(0).answer();

    assertSame(first, outcome.winner);
    assertTrue(network.at(1).closed);
    assertTrue(network.at(2).closed);
    assertOnlyOneIsOpen(0);
  }

  @Test
  @DisplayName("F5: one that answers after the race is closed")
  void one_that_answers_after_the_race_is_closed() {
    race(2, DELAY);
    timers.advance(DELAY);
    network.at(1).answer();
    AsyncByteChannel late = network.at(0).answer();

    assertFalse(late.isOpen());
    assertEquals(1, outcome.calls);
  }

  @Test
  @DisplayName("F6: when all fail, each differently, every cause is kept in the order of addresses")
  void when_all_fail_every_cause_is_kept_in_the_order_of_the_addresses() {
    race(3, DELAY);
    timers.advance(DELAY.multipliedBy(2));
    network.at(2).fail("third");
    network.at(0).fail("first");
    assertEquals(0, outcome.calls);
    network.at(1).fail("second");

    ConnectException failure = (ConnectException) outcome.failure;
    List<String> causes =
        Arrays.stream(failure.getSuppressed()).map(cause -> cause.getCause().getMessage()).toList();
    assertEquals(List.of("first", "second", "third"), causes);
    assertTrue(failure.getMessage().contains("many.test"), failure.getMessage());
    assertTrue(failure.getMessage().contains("address-2"), failure.getMessage());
    assertEquals(1, outcome.calls);
    assertEquals(0, timers.waiting());
  }

  @Test
  void without_a_delay_one_waits_for_the_failure_of_the_other() {
    race(2, null);
    timers.advance(Duration.ofDays(1));
    assertEquals(1, network.dialled.size());
    network.at(0).fail("timed out");

    assertEquals(2, network.dialled.size());
    assertEquals(0, timers.waiting());
  }

  @Test
  @DisplayName("F7: closing the race closes every socket, and nobody is told")
  void closing_the_race_closes_every_socket_at_once() {
    HappyEyeballs race = race(3, DELAY);
    timers.advance(DELAY);
    race.close();
    AsyncByteChannel late = network.at(0).answer();
    network.at(1).fail("closed");
    timers.advance(Duration.ofDays(1));

    assertTrue(network.at(0).closed);
    assertTrue(network.at(1).closed);
    assertFalse(late.isOpen());
    assertEquals(2, network.dialled.size());
    assertEquals(0, outcome.calls);
    assertEquals(0, timers.waiting());
  }

  @Test
  void a_socket_that_cannot_be_opened_counts_as_its_address_failed() {
    network.refuse("Too many open files");
    race(3, DELAY);

    assertEquals(3, outcome.failure.getSuppressed().length);
    assertTrue(outcome.failure.getMessage().contains("Too many open files"));
    assertEquals(1, outcome.calls);
    assertEquals(0, timers.waiting());
  }

  @Test
  void an_address_that_fails_with_no_IOException_and_no_text_keeps_its_cause() {
    UnresolvedAddressException unresolved = new UnresolvedAddressException();
    HappyEyeballs.race(
        "host 'one.test', port 1",
        addresses(1),
        (address, handler) -> {
          handler.failed(unresolved, null);
          return () -> {};
        },
        DELAY,
        timers,
        outcome);

    assertSame(unresolved, outcome.failure.getCause());
    String message = outcome.failure.getMessage();
    assertTrue(message.contains(UnresolvedAddressException.class.getName()), message);
  }

  @Test
  void what_is_no_fault_of_an_address_ends_the_race_as_it_is() {
    IllegalStateException broken = new IllegalStateException("a bug");
    race(3, DELAY);
    network.breakDown(broken);
    timers.advance(DELAY);

    assertSame(broken, outcome.failure);
    assertTrue(network.at(0).closed);
    assertFalse(network.at(0).answer().isOpen());
    assertEquals(1, outcome.calls);
    assertEquals(0, timers.waiting());
  }

  @Test
  void what_is_no_fault_of_the_first_address_is_told_as_it_is() {
    IllegalStateException broken = new IllegalStateException("a bug");
    network.breakDown(broken);
    race(3, DELAY);

    assertSame(broken, outcome.failure);
    assertEquals(1, outcome.calls);
    assertEquals(0, timers.waiting());
  }

  @Test
  void thousands_of_addresses_that_refuse_at_once_do_not_overflow_the_stack() {
    assertTheLastConnects(
        (address, handler) -> {
          throw new IOException("no route to " + address);
        });
  }

  @Test
  void thousands_of_addresses_that_fail_inside_the_call_do_not_overflow_the_stack() {
    assertTheLastConnects(
        (address, handler) -> {
          handler.failed(new IOException("no route to " + address), null);
          return () -> {};
        });
  }

  private void assertTheLastConnects(HappyEyeballs.Dial failing) {
    int failures = 5_000;
    AsyncByteChannel live = MemoryChannel.pair(1).left();
    List<InetSocketAddress> dialled = new ArrayList<>();
    HappyEyeballs.race(
        "host 'many.test', port 1",
        addresses(failures + 1),
        (address, handler) -> {
          dialled.add(address);
          if (dialled.size() <= failures) {
            return failing.start(address, handler);
          }
          handler.completed(live, null);
          return () -> {};
        },
        DELAY,
        timers,
        outcome);

    assertEquals(addresses(failures + 1), dialled);
    assertSame(live, outcome.winner);
    assertEquals(1, outcome.calls);
    assertEquals(0, timers.waiting());
  }

  @Test
  void no_address_is_a_failure_that_names_the_target() {
    race(0, DELAY);

    assertTrue(outcome.failure.getMessage().contains("many.test"), outcome.failure.getMessage());
    assertEquals(1, outcome.calls);
  }

  /** What CPython's own tests check of its race. */
  @Nested
  class StaggeredParity {

    @Test
    void testEmpty() {
      race(0, null);

      assertEquals(1, outcome.calls);
      assertEquals(0, outcome.failure.getSuppressed().length);
    }

    @Test
    void testOneSuccessful() {
      race(2, null);
      AsyncByteChannel first = network.at(0).answer();

      assertSame(first, outcome.winner);
      assertEquals(1, network.dialled.size());
    }

    @Test
    void testFirstErrorSecondSuccessful() {
      race(2, null);
      network.at(0).fail("an error");
      AsyncByteChannel second = network.at(1).answer();

      assertSame(second, outcome.winner);
      assertEquals(1, outcome.calls);
    }

    @Test
    void testFirstTimeoutSecondSuccessful() {
      race(2, DELAY);
      timers.advance(DELAY);
      AsyncByteChannel second = network.at(1).answer();

      assertSame(second, outcome.winner);
      assertTrue(network.at(0).closed);
    }

    @Test
    void testNoneSuccessful() {
      race(2, null);
      network.at(0).fail("one");
      network.at(1).fail("two");

      assertEquals("one", outcome.failure.getSuppressed()[0].getCause().getMessage());
      assertEquals("two", outcome.failure.getSuppressed()[1].getCause().getMessage());
    }

    @Test
    void testMultipleWinners() {
      race(2, DELAY);
      timers.advance(DELAY);
      AsyncByteChannel one = network.at(0).answer();
      AsyncByteChannel other = network.at(1).answer();

      assertSame(one, outcome.winner);
      assertFalse(other.isOpen());
      assertEquals(1, outcome.calls);
    }

    @Test
    void testCancelled() {
      HappyEyeballs race = race(2, DELAY);
      timers.advance(DELAY);
      race.close();

      assertTrue(network.at(0).closed);
      assertTrue(network.at(1).closed);
      assertEquals(0, outcome.calls);
    }
  }
}

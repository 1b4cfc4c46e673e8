package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class FutureListTest {

  private static final int MANY = 100_000;

  private final FutureList<CompletableFuture<Void>> list = new FutureList<>();

  @Test
  void futures_are_removed_in_the_order_in_which_they_were_added() {
    List<CompletableFuture<Void>> added = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      CompletableFuture<Void> future = new CompletableFuture<>();
      added.add(future);
      list.add(future);
    }

    assertEquals(added, list.removeAll());
    assertEquals(List.of(), list.removeAll());
    assertEquals(0, list.size());
  }

  @Test
  void a_hundred_thousand_futures_that_are_cancelled_leave_a_small_list() {
    int largest = 0;
    for (int i = 0; i < MANY; i++) {
      CompletableFuture<Void> future = new CompletableFuture<>();
      list.add(future);
      future.cancel(false);
      largest = Math.max(largest, list.size());
    }

    assertTrue(largest <= 9, "the list has had " + largest + " futures");
  }

  @Test
  void the_list_holds_at_most_twice_the_futures_that_are_pending() {
    List<CompletableFuture<Void>> pending = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      CompletableFuture<Void> kept = new CompletableFuture<>();
      pending.add(kept);
      list.add(kept);
      for (int j = 0; j < 20; j++) {
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        list.add(cancelled);
        cancelled.cancel(false);
      }
      assertTrue(list.size() <= Math.max(9, 2 * pending.size() + 1), list.size() + " futures");
    }

    List<CompletableFuture<Void>> left = list.removeAll();
    left.removeIf(CompletableFuture::isDone);
    assertEquals(pending, left);
  }

  @Test
  void adding_many_pending_futures_looks_at_each_a_few_times() {
    int[] looks = new int[1];
    for (int i = 0; i < MANY; i++) {
      list.add(
          new CompletableFuture<>() {
            @Override
            public boolean isDone() {
              looks[0]++;
              return super.isDone();
            }
          });
    }

    assertTrue(looks[0] <= 2 * MANY, looks[0] + " looks at " + MANY + " futures");
  }

  @Test
  void a_list_is_done_when_all_of_its_futures_are() {
    assertTrue(list.isDone());
    CompletableFuture<Void> first = new CompletableFuture<>();
    CompletableFuture<Void> second = new CompletableFuture<>();
    list.add(first);
    list.add(second);
    assertFalse(list.isDone());
    first.cancel(false);
    assertFalse(list.isDone());
    second.complete(null);
    assertTrue(list.isDone());
  }

  @Test
  void a_list_is_made_when_there_is_none() {
    CompletableFuture<Void> future = new CompletableFuture<>();
    FutureList<CompletableFuture<Void>> made = FutureList.with(null, future);
    assertEquals(made, FutureList.with(made, new CompletableFuture<>()));
    assertEquals(2, made.size());
  }
}

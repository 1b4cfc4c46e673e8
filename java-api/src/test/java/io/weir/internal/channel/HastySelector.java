package io.weir.internal.channel;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** A selector that never waits, and has nothing. */
final class HastySelector extends AbstractSelector {

  private final Set<SelectionKey> none = new HashSet<>();
  private final AtomicInteger selects = new AtomicInteger();

  HastySelector() {
    super(SelectorProvider.provider());
  }

  int selects() {
    return selects.get();
  }

  @Override
  public int select() {
    selects.incrementAndGet();
    return 0;
  }

  @Override
  public int select(long timeout) {
    return select();
  }

  @Override
  public int selectNow() {
    return 0;
  }

  @Override
  public Set<SelectionKey> keys() {
    return Set.of();
  }

  @Override
  public Set<SelectionKey> selectedKeys() {
    return none;
  }

  @Override
  public Selector wakeup() {
    return this;
  }

  @Override
  protected void implCloseSelector() {}

  @Override
  protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
    throw new UnsupportedOperationException("has no channels");
  }
}

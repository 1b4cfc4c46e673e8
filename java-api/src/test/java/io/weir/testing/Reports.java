package io.weir.testing;

import io.weir.ErrorListener;
import io.weir.ErrorStage;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** An error listener that keeps what it is told. */
public final class Reports implements ErrorListener {

  private final List<Report> all = new CopyOnWriteArrayList<>();

  @Override
  public void onError(ErrorStage stage, @Nullable SocketAddress peer, Throwable error) {
    all.add(new Report(stage, peer, error));
  }

  /** What it was told so far. */
  public List<Report> all() {
    return List.copyOf(all);
  }

  /** What it was told once. */
  public record Report(ErrorStage stage, @Nullable SocketAddress peer, Throwable error) {}
}

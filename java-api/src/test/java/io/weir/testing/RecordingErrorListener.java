package io.weir.testing;

import io.weir.ErrorListener;
import io.weir.ErrorStage;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** An error listener that records its calls. */
public final class RecordingErrorListener implements ErrorListener {

  private final List<ErrorReport> all = new CopyOnWriteArrayList<>();

  @Override
  public void onError(ErrorStage stage, @Nullable SocketAddress peer, Throwable error) {
    CallbackCheck.assertOutsideCalls();
    all.add(new ErrorReport(stage, peer, error));
  }

  /** Returns the calls so far. */
  public List<ErrorReport> all() {
    return List.copyOf(all);
  }
}

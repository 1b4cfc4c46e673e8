package io.weir.testing;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test when {@link CallbackCheck} has recorded a violation. JUnit finds this class by the
 * file {@code META-INF/services}, and uses it for every test. Child programs have no JUnit, so it
 * is apart from the check.
 */
public final class CallbackCheckExtension implements AfterEachCallback, AfterAllCallback {

  @Override
  public void afterEach(ExtensionContext context) {
    CallbackCheck.failIfAnyViolation();
  }

  /** Fails the class when a callback ran after its last test. */
  @Override
  public void afterAll(ExtensionContext context) {
    CallbackCheck.failIfAnyViolation();
  }
}

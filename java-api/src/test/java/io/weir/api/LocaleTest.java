package io.weir.api;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.testing.BlockingSockets;
import io.weir.testing.SystemTexts;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The tests with the tag {@code locale} run once more where the texts of the system are German.
 * This class fails where they are still English, so that the run means something.
 */
@Tag(SystemTexts.TAG)
class LocaleTest {

  @Test
  void the_system_speaks_the_language_that_the_run_asks_for() throws Exception {
    String language = System.getProperty("weir.test.language");
    assumeTrue(language != null, "only the run under another locale asks for a language");
    InetSocketAddress closed =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), BlockingSockets.closedPort());

    String text =
        assertThrows(ConnectException.class, () -> SocketChannel.open(closed)).getMessage();

    assertFalse(
        text.contains("Connection refused"),
        "strerror is English; is the locale generated, and the package libc-l10n installed?");
    assertTrue(SystemTexts.isForeign(), text);
    assertTrue(Locale.getDefault().getLanguage().equals(language), Locale.getDefault()::toString);
  }
}

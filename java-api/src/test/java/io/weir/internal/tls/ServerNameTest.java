package io.weir.internal.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import javax.net.ssl.SNIServerName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerNameTest {

  @ParameterizedTest
  @CsvSource({
    "a_b.test, a_b.test, true",
    "A_B.test, a_b.TEST, true",
    "*.weir.test, a_b.weir.test, true",
    "*.weir.test, weir.test, false",
    "*.weir.test, c.a_b.weir.test, false",
    "*.test, a_b.test, false",
    "*, a_b, false",
    "*., a_b., false",
    "a_*.test, a_b.test, false",
    "a_b.test.evil, a_b.test, false",
    "b.test, a_b.test, false",
    "'', a_b.test, false"
  })
  void a_name_in_a_certificate_covers_itself_and_a_wildcard_one_label(
      String presented, String wanted, boolean covered) {
    assertEquals(covered, ServerName.matches(presented, wanted));
  }

  @ParameterizedTest
  @CsvSource({
    "weir.test, weir.test, true",
    "weir.test., weir.test, true",
    "a_b.test., a_b.test, false",
    "_http.weir.test, _http.weir.test, false",
    "b\u00fccher.test, xn--bcher-kva.test, true"
  })
  void a_name_of_a_host_is_sent_and_checked_by_the_provider_if_it_takes_it(
      String name, String sent, boolean checkedByProvider) {
    ServerName server = new ServerName(name);
    SNIServerName sni = server.sni();

    assertEquals(sent, new String(sni.getEncoded(), StandardCharsets.US_ASCII));
    assertEquals(checkedByProvider, server.isCheckedByProvider());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "::1",
        "[::1]",
        "::1%1",
        "a b.test",
        "a..test",
        "_\u00fc.test",
        ".",
        "a_b.."
      })
  void what_is_no_name_of_a_host_is_not_sent(String name) {
    ServerName server = new ServerName(name);

    assertNull(server.sni());
    assertEquals(true, server.isCheckedByProvider());
  }
}

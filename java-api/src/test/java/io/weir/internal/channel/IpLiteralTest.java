package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The JDK's parser is the reference for what is a literal, and is only given such. */
class IpLiteralTest {

  private static final int ROUNDS = 200_000;
  private static final String ALPHABET = "0123456789abcdefABCDEF::::....%[]xg-\u0663";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "1.2.3.4",
        "255.255.255.255",
        "::",
        "::1",
        "1::",
        "fe80::1",
        "FE80::AbCd",
        "1:2:3:4:5:6:7:8",
        "1::3:4:5:6:7:8",
        "0001:0002:0003:0004:0005:0006:0007:0008",
        "1:2:3:4:5:6:1.2.3.4",
        "::1.2.3.4",
        "::ffff:1.2.3.4",
        "::ffff:102:304",
        "64:ff9b::192.0.2.1",
        "fe80::1%1",
        "[::1]",
        "[fe80::1%1]"
      })
  void a_literal_is_the_address_that_the_JDK_reads_in_it(String literal) throws Exception {
    assertTrue(IpLiteral.matches(literal));
    InetAddress parsed = IpLiteral.parse(literal);

    assertEquals(InetAddress.getByName(literal), parsed);
    assertEquals(InetAddress.getByName(literal).toString(), String.valueOf(parsed));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f.1",
        "0x7f.0.0.1",
        "010.0.0.1",
        "1.2.3.04",
        "256.1.1.1",
        "1.2.3.4.5",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "1.2.3.4 ",
        "+1.2.3.4",
        "[1.2.3.4]",
        "[localhost]",
        "\u0661.2.3.4"
      })
  void everything_else_without_a_colon_is_a_name(String host) throws Exception {
    assertFalse(IpLiteral.matches(host));
    assertNull(IpLiteral.parse(host));
    assertFalse(IpLiteral.isNoHost(host));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:8080",
        "redis:6379",
        "http://localhost/",
        "1.2.3.4:80",
        "[::1]:80",
        "[::1",
        "::1]",
        ":",
        ":::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7::8",
        "1::2::3",
        ":1::2",
        "1::2:",
        "12345::",
        "g::",
        "::1.2.3",
        "::1.2.3.04",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::\u0661",
        "::1%",
        "::ffff:1.2.3.4%1"
      })
  void everything_else_with_a_colon_is_no_host(String host) throws Exception {
    assertFalse(IpLiteral.matches(host));
    assertNull(IpLiteral.parse(host));
    assertTrue(IpLiteral.isNoHost(host));
  }

  @Test
  void a_zone_names_an_interface() throws Exception {
    NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
    String literal = "::1%" + loopback.getName();

    assertTrue(IpLiteral.matches(literal));
    InetAddress byJdk;
    try {
      byJdk = InetAddress.getByName(literal);
    } catch (UnknownHostException noIpv6) {
      assertThrows(UnknownHostException.class, () -> IpLiteral.parse(literal));
      return;
    }
    assertEquals(byJdk, IpLiteral.parse(literal));
    assertEquals(byJdk, IpLiteral.parse("[" + literal + "]"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"fe80::1%no-such-if", "[fe80::1%no-such-if]", "fe80::1%99999999999"})
  void a_zone_that_no_interface_has_is_reported_with_the_address(String literal) {
    assertTrue(IpLiteral.matches(literal));

    UnknownHostException unknown =
        assertThrows(UnknownHostException.class, () -> IpLiteral.parse(literal));
    assertTrue(unknown.getMessage().contains("'" + literal + "'"), unknown.getMessage());
  }

  @Test
  void brackets_are_removed_from_addresses_only() {
    assertEquals("::1", IpLiteral.withoutBrackets("[::1]"));
    assertEquals("::1", IpLiteral.withoutBrackets("::1"));
    assertEquals("[name]", IpLiteral.withoutBrackets("[name]"));
    assertEquals("", IpLiteral.withoutBrackets(""));
  }

  @Test
  void no_text_breaks_the_parser_and_what_it_accepts_the_JDK_reads_in_the_same_way()
      throws Exception {
    Random random = new Random(7);
    int literals = 0;
    for (int round = 0; round < ROUNDS; round++) {
      String text = round % 2 == 0 ? anyText(random) : damagedLiteral(random);
      boolean literal = IpLiteral.matches(text);
      InetAddress parsed = text.indexOf('%') < 0 ? IpLiteral.parse(text) : null;
      if (parsed != null) {
        assertTrue(literal, text);
        assertEquals(InetAddress.getByName(text), parsed, text);
        literals++;
      } else if (text.indexOf('%') < 0) {
        assertFalse(literal, text);
      }
    }
    assertTrue(literals > ROUNDS / 100, "only " + literals + " literals");
  }

  private static String anyText(Random random) {
    StringBuilder text = new StringBuilder();
    for (int left = random.nextInt(20); left > 0; left--) {
      text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return text.toString();
  }

  private static String damagedLiteral(Random random) {
    byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
    for (int left = random.nextInt(bytes.length); left > 0; left--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    StringBuilder text = new StringBuilder(textOf(bytes));
    for (int changes = random.nextInt(3); changes > 0; changes--) {
      int at = random.nextInt(text.length());
      text.setCharAt(at, ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return text.toString().replaceFirst("(^|:)(0:)+", random.nextBoolean() ? "::" : "$0");
  }

  private static String textOf(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes).getHostAddress();
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are an address", e);
    }
  }
}

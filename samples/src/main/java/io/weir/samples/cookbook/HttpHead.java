package io.weir.samples.cookbook;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.weir.Decoder;
import io.weir.Decoders;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The request line and the header lines of an HTTP request (RFC 9112).
 *
 * @param headers the values by lower-case name; those of repeated names are joined with commas
 */
public record HttpHead(String method, String target, String version, Map<String, String> headers) {

  /** The maximum number of bytes of a body. */
  public static final int MAX_BODY = 1 << 20;

  /** What {@link #bodyLength} returns for a chunked body. */
  public static final int CHUNKED = -1;

  /** Decodes a head of at most 16 KiB; null at EOF between two requests. */
  public static final Decoder<@Nullable HttpHead> DECODER =
      Decoders.until("\r\n\r\n".getBytes(ISO_8859_1)).withLimit(16 << 10).map(HttpHead::parse);

  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final Pattern REQUEST_LINE =
      Pattern.compile("(" + TOKEN + ") ([!-~]+) HTTP/(1\\.[01])");
  private static final Pattern HEADER_LINE =
      Pattern.compile("(" + TOKEN + "):([\t -~\u0080-\u00ff]*)");

  /** Rejects a request: the server responds with an error and closes the connection. */
  public static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final String status;

    /** Creates one with the status code and reason phrase of the response. */
    public Refused(String status) {
      super(status);
      this.status = status;
    }

    /** Returns the status code and reason phrase of the response. */
    public String status() {
      return status;
    }
  }

  private static HttpHead parse(byte[] bytes) {
    List<String> lines = List.of(new String(bytes, ISO_8859_1).split("\r\n"));
    Matcher request = match(REQUEST_LINE, lines.get(0));
    Map<String, String> headers = new HashMap<>();
    for (String line : lines.subList(1, lines.size())) {
      Matcher header = match(HEADER_LINE, line);
      String name = header.group(1).toLowerCase(Locale.ROOT);
      headers.merge(name, header.group(2).strip(), (one, other) -> one + ", " + other);
    }
    if (request.group(3).equals("1.1") && !headers.containsKey("host")) {
      throw new Refused("400 Bad Request");
    }
    return new HttpHead(request.group(1), request.group(2), request.group(3), headers);
  }

  private static Matcher match(Pattern pattern, String line) {
    Matcher matcher = pattern.matcher(line);
    if (!matcher.matches()) {
      throw new Refused("400 Bad Request");
    }
    return matcher;
  }

  private String header(String name) {
    return headers.getOrDefault(name, "").toLowerCase(Locale.ROOT);
  }

  /** Returns whether the connection stays open after the response. */
  public boolean keepsAlive() {
    return version.equals("1.1") && !List.of(header("connection").split("[ ,]+")).contains("close");
  }

  /** Returns whether the client waits for 100 Continue before it sends the body. */
  public boolean expectsContinue() {
    return header("expect").equals("100-continue");
  }

  /** Returns the length of the body in bytes, or {@link #CHUNKED}. */
  public int bodyLength() {
    String length = headers.getOrDefault("content-length", "0");
    if (headers.containsKey("transfer-encoding")) {
      if (!header("transfer-encoding").equals("chunked")) {
        throw new Refused("501 Not Implemented");
      }
      if (headers.containsKey("content-length") || version.equals("1.0")) {
        throw new Refused("400 Bad Request"); // request smuggling: RFC 9112, section 6.1
      }
      return CHUNKED;
    }
    return checkedLength(length, "[0-9]{1,18}", 10);
  }

  /** Returns the length of a chunk in bytes, from the line before it. */
  public static int chunkLength(String line) {
    return checkedLength(line.replaceFirst("[ \t]*;.*", ""), "[0-9A-Fa-f]{1,15}", 16);
  }

  private static int checkedLength(String digits, String syntax, int radix) {
    if (!digits.matches(syntax)) {
      throw new Refused("400 Bad Request");
    }
    long length = Long.parseLong(digits, radix);
    if (length > MAX_BODY) {
      throw new Refused("413 Content Too Large");
    }
    return (int) length;
  }
}

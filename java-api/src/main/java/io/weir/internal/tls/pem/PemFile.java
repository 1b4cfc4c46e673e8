package io.weir.internal.tls.pem;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The sections of a PEM file (RFC 7468). Text around the sections is ignored, because {@code
 * openssl x509 -text} writes some.
 *
 * <p>The content of the file may be secret, in particular when it is malformed. So no error message
 * quotes any of it, except well-known labels, and no error has a cause that quotes it.
 */
final class PemFile {

  private static final int MAX_BYTES = 1 << 20;
  private static final String BYTE_ORDER_MARK = "\u00EF\u00BB\u00BF"; // of UTF-8, read as Latin-1
  private static final Pattern BEGIN = Pattern.compile("-----BEGIN (.*)-----");

  private static final Set<String> KNOWN_LABELS =
      Set.of(
          "CERTIFICATE",
          "X509 CERTIFICATE",
          "TRUSTED CERTIFICATE",
          "CERTIFICATE REQUEST",
          "NEW CERTIFICATE REQUEST",
          "X509 CRL",
          "PKCS7",
          "CMS",
          "PRIVATE KEY",
          "ENCRYPTED PRIVATE KEY",
          "RSA PRIVATE KEY",
          "EC PRIVATE KEY",
          "DSA PRIVATE KEY",
          "OPENSSH PRIVATE KEY",
          "PUBLIC KEY",
          "RSA PUBLIC KEY",
          "EC PARAMETERS",
          "DH PARAMETERS");

  private final Path path;
  private final List<Section> sections;

  private PemFile(Path path) throws IOException {
    this.path = path;
    this.sections = parse(text());
  }

  /** Reads a file. The message of an {@link IOException} names the file and the reason. */
  static PemFile read(Path path) throws IOException {
    return new PemFile(path);
  }

  /** Returns the sections with one of the labels, in their order; at least one. */
  List<Section> sections(Set<String> labels, String what, String usualLabel) throws IOException {
    List<Section> found = sections.stream().filter(each -> labels.contains(each.label)).toList();
    if (found.isEmpty()) {
      throw wrong(
          ("has no %s in it, %s: it should have the lines from -----BEGIN %s----- "
                  + "to -----END %s-----")
              .formatted(what, contents(), usualLabel, usualLabel));
    }
    return found;
  }

  private String contents() {
    return sections.isEmpty()
        ? "and no other section of PEM"
        : sections.stream()
            .map(each -> known(each.label))
            .distinct()
            .collect(Collectors.joining(", ", "only ", ""));
  }

  private static String known(String label) {
    return KNOWN_LABELS.contains(label) ? label : "something of an unknown kind";
  }

  /** Returns an error for something on a curve that the JDK does not know. */
  IOException onCurve(String what, String curve) {
    return wrong(
        "has a " + what + " " + curve + ": use secp256r1, secp384r1, secp521r1, Ed25519 or RSA");
  }

  /** Returns an error that names the file. */
  IOException wrong(String what) {
    return new IOException("the file '" + path + "' " + what);
  }

  private String text() throws IOException {
    byte[] bytes = bytes();
    if (bytes.length == 0) {
      throw wrong("is empty: give a PEM file");
    }
    if (bytes.length > MAX_BYTES) {
      throw wrong("is larger than " + MAX_BYTES + " bytes: give a smaller PEM file");
    }
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text;
  }

  private byte[] bytes() throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return in.readNBytes(MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw new NoSuchFileException(path.toString(), null, "there is no such file");
    } catch (AccessDeniedException e) {
      throw new AccessDeniedException(path.toString(), null, "permission denied");
    } catch (FileSystemException e) {
      throw e; // its message names the file
    } catch (IOException e) { // for example a directory
      throw new FileSystemException(path.toString(), null, e.getMessage());
    }
  }

  private List<Section> parse(String text) throws IOException {
    List<Section> found = new ArrayList<>();
    Iterator<String> lines = text.lines().map(String::strip).iterator();
    while (lines.hasNext()) {
      Matcher begin = BEGIN.matcher(lines.next());
      if (begin.matches()) {
        found.add(parseSection(begin.group(1), lines));
      }
    }
    return found;
  }

  private Section parseSection(String label, Iterator<String> lines) throws IOException {
    List<String> inside = new ArrayList<>();
    while (lines.hasNext()) {
      String line = lines.next();
      if (line.equals("-----END " + label + "-----")) {
        return new Section(label, inside);
      }
      if (line.startsWith("-----")) {
        break;
      }
      inside.add(line);
    }
    throw wrong("has no END line for " + known(label) + ": copy the whole file again");
  }

  /**
   * The content of one section. It is not a record, because a record's toString() prints its
   * content.
   */
  final class Section {

    private final String label;
    private final List<String> lines;

    private Section(String label, List<String> lines) {
      this.label = label;
      this.lines = lines;
    }

    /** Returns the label in the first line. */
    String label() {
      return label;
    }

    /** Returns whether the section is encrypted with a password. */
    boolean isEncrypted() {
      return label.equals("ENCRYPTED PRIVATE KEY")
          || lines.stream().anyMatch(line -> line.matches("Proc-Type: *4, *ENCRYPTED"));
    }

    /** Returns the decoded bytes. */
    byte[] der() throws IOException {
      try {
        return Base64.getDecoder().decode(String.join("", lines).replaceAll("\\s", ""));
      } catch (IllegalArgumentException e) { // its message quotes a character
        throw wrong(
            "has a section " + known(label) + " that is not in base64: copy the file again");
      }
    }
  }
}

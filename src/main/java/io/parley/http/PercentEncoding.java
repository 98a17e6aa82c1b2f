package io.parley.http;

import io.parley.json.MalformedText;
import io.parley.json.Text;
import io.parley.json.Utf8;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** A strict decoder of percent-encoding: text that does not decode to valid UTF-8 is malformed. */
final class PercentEncoding {
  private PercentEncoding() {}

  /** The pairs of a query string or a form; a name given twice is malformed. */
  static Map<String, String> pairs(String encoded) throws MalformedText {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String pair : encoded.split("&", -1)) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String name = decode(equals < 0 ? pair : pair.substring(0, equals), true);
        String value = equals < 0 ? "" : decode(pair.substring(equals + 1), true);
        if (pairs.put(name, value) != null) {
          throw new MalformedText(name + " is given more than once");
        }
      }
    }
    return pairs;
  }

  static String decode(String encoded, boolean plusIsSpace) throws MalformedText {
    if (isPlain(encoded, plusIsSpace)) {
      return encoded;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(encoded.length());
    byte[] raw = encoded.getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == '%') {
        bytes.write(octet(raw, i));
        i += 2;
      } else {
        bytes.write(plusIsSpace && raw[i] == '+' ? ' ' : raw[i]);
      }
    }
    return Text.whole(Utf8.decode(bytes.toByteArray()));
  }

  private static boolean isPlain(String encoded, boolean plusIsSpace) {
    for (int i = 0; i < encoded.length(); i++) {
      char c = encoded.charAt(i);
      if (c == '%' || c >= 0x7f || c == 0 || (plusIsSpace && c == '+')) {
        return false;
      }
    }
    return true;
  }

  private static int octet(byte[] raw, int at) throws MalformedText {
    if (at + 2 < raw.length) {
      int high = Character.digit(raw[at + 1], 16);
      int low = Character.digit(raw[at + 2], 16);
      if (high >= 0 && low >= 0) {
        return high * 16 + low;
      }
    }
    throw new MalformedText("a percent sign must be followed by two hex digits");
  }
}

package io.parley.api.auth;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The most common passwords, which attackers try first, in upper and lower case. */
public final class CommonPasswords {
  private static final String FILE = "/common-passwords.txt";
  private static final String COMMENT = "# ";

  private final Set<String> inLowerCase;

  private CommonPasswords(Set<String> inLowerCase) {
    this.inLowerCase = inLowerCase;
  }

  /** Reads the list of this build. Blocks. */
  public static CommonPasswords load() {
    try (InputStream in = CommonPasswords.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException(FILE + " is not in the jar");
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      return new CommonPasswords(
          lines
              .lines()
              .filter(line -> !line.startsWith(COMMENT))
              .collect(Collectors.toUnmodifiableSet()));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public boolean contains(String password) {
    String composed = Normalizer.normalize(password, Normalizer.Form.NFC);
    return inLowerCase.contains(composed.toLowerCase(Locale.ROOT));
  }
}

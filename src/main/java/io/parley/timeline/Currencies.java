package io.parley.timeline;

import java.util.Arrays;
import java.util.Currency;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The currencies that can be transferred: those that are money somewhere today. The countries are
 * asked and not the list of all codes, which has funds, metals, test codes and what no longer
 * exists.
 */
public final class Currencies {
  private static final Set<String> MONEY =
      Arrays.stream(Locale.getISOCountries())
          .map(country -> Currency.getInstance(Locale.of("", country)))
          .filter(Objects::nonNull)
          .map(Currency::getCurrencyCode)
          .collect(Collectors.toUnmodifiableSet());

  private Currencies() {}

  /** Whether this is the ISO 4217 code of one of them. */
  public static boolean isKnown(String code) {
    return MONEY.contains(code);
  }
}

package io.parley.channel;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberFormat;
import com.google.i18n.phonenumbers.PhoneNumberUtil.ValidationResult;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import io.parley.identity.PartyKind;
import io.parley.timeline.Channel;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A phone number or mailbox.
 *
 * @param handle the normalised form by which addresses are compared
 * @param text the form that a provider is given
 */
public record Address(PartyKind kind, String handle, String text) {
  private static final PhoneNumberUtil PHONES = PhoneNumberUtil.getInstance();
  private static final Pattern SHORT_CODE = Pattern.compile("[0-9]{3,8}");
  private static final Pattern PHONE =
      Pattern.compile(
          "(?i)(?:tel:)?[+\\uff0b]?[(\\uff08]?\\p{Nd}[\\p{Nd}A-Z\\p{Zs}\\p{Pd}().\\[\\]/~\\u2212\\u00ad\\uff08\\uff09]{2,59}");
  private static final Pattern LETTER = Pattern.compile("[A-Za-z]");
  private static final Pattern LINK =
      Pattern.compile(
          "\\[[^\\[\\]]{0,320}\\]\\(\\s*(?i:mailto:)([^()\\s?]{3,320})(\\?[^()]*)?\\s*\\)");
  private static final Pattern NAMED = Pattern.compile("[^<>]{0,320}<([^<>]{3,320})>");
  private static final Pattern MAILBOX =
      Pattern.compile(
          "([^\\s@<>()\\[\\],;:\\\\\"\\p{Cc}\\p{Cf}]{1,64})@([^\\s@<>()\\[\\],;:\\\\\"\\p{Cc}\\p{Cf}]{1,255})");
  private static final Pattern LABEL =
      Pattern.compile("[\\p{L}\\p{N}]([\\p{L}\\p{N}\\-]{0,61}[\\p{L}\\p{N}])?");

  /** A phone number as E.164, or a short code; a number without + is read in {@code region}. */
  public static Optional<Address> phone(String given, String region) {
    String text = given.strip();
    if (SHORT_CODE.matcher(text).matches()) {
      return Optional.of(new Address(PartyKind.PHONE, text, text));
    }
    if (!PHONE.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      String digits = text.regionMatches(true, 0, "tel:", 0, 4) ? text.substring(4) : text;
      // letters are accepted only in vanity numbers such as 1-800-FLOWERS
      if (LETTER.matcher(digits).find() && !PHONES.isAlphaNumber(digits)) {
        return Optional.empty();
      }
      PhoneNumber number = PHONES.parse(digits, region);
      // a number that is only possible locally has no E.164 form
      if (PHONES.isPossibleNumberWithReason(number) != ValidationResult.IS_POSSIBLE
          || number.hasExtension()) {
        return Optional.empty();
      }
      String e164 = PHONES.format(number, PhoneNumberFormat.E164);
      return Optional.of(new Address(PartyKind.PHONE, e164, e164));
    } catch (NumberParseException noPhone) {
      return Optional.empty();
    }
  }

  /** A mailbox; also accepts a Markdown {@code mailto:} link and {@code Name <address>}. */
  public static Optional<Address> mailbox(String given) {
    String text = given.strip();
    Matcher link = LINK.matcher(text);
    if (link.matches()) {
      text = link.group(1).strip();
    } else {
      Matcher named = NAMED.matcher(text);
      if (named.matches()) {
        text = named.group(1).strip();
      }
    }
    Matcher mailbox = MAILBOX.matcher(text);
    if (!mailbox.matches() || !isLocalPart(mailbox.group(1)) || !isDomain(mailbox.group(2))) {
      return Optional.empty();
    }
    String kept = mailbox.group(1) + "@" + mailbox.group(2).toLowerCase(Locale.ROOT);
    return Optional.of(new Address(PartyKind.EMAIL, kept.toLowerCase(Locale.ROOT), kept));
  }

  private static boolean isLocalPart(String local) {
    return !local.startsWith(".") && !local.endsWith(".") && !local.contains("..");
  }

  private static boolean isDomain(String domain) {
    String[] labels = domain.split("\\.", -1);
    for (String label : labels) {
      if (!LABEL.matcher(label).matches()) {
        return false;
      }
    }
    return labels.length > 1 || domain.equalsIgnoreCase("localhost");
  }

  /** An address that the channel can reach. */
  public static Optional<Address> of(Channel channel, String given, String region) {
    return channel == Channel.EMAIL ? mailbox(given) : phone(given, region);
  }
}

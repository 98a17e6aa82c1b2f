package io.parley.settings;

/**
 * How much work one password hash is: the memory and the passes of Argon2id. Not a setting:
 * whatever an operator configures, the cost is {@link #STANDARD}. Only tests choose another.
 */
public record PasswordCost(int memoryKib, int passes) {
  public static final PasswordCost STANDARD = new PasswordCost(19_456, 2);
}

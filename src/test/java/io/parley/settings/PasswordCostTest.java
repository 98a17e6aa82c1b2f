package io.parley.settings;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class PasswordCostTest {
  @Test
  void configurationAlwaysGivesTheStandardCost() {
    Settings settings =
        SettingsFile.load(
            Map.of(
                "PARLEY_MODE",
                "sandbox",
                "PARLEY_SECRET",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));

    assertThat(settings.accounts().auth().passwordCost()).isEqualTo(PasswordCost.STANDARD);
  }

  @Test
  void onlyTestsChooseAnotherCost() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.parley.settings..")
        .should()
        .callMethodWhere(JavaCall.Predicates.target(HasName.Predicates.name("withPasswordCost")))
        .check(
            new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.parley"));
  }
}

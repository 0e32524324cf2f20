using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Tests.Configuration;

/// <summary>akka.hocon lists every setting with its true default.</summary>
public sealed class ShippedConfigurationTests
{
    private static readonly OptionSchema Schema = new(SluiceSections.All);
    private static readonly string Text = File.ReadAllText(Repository.PathTo("akka.hocon"));
    private static readonly HoconFile File_ = HoconReader.Read(Text, "akka.hocon", static _ => null);

    public static TheoryData<string> Paths
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (var key in Schema.Keys)
            {
                data.Add(key.Path);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Shipped_EveryOption_StandsThereOnceWithItsDefault(string path)
    {
        var key = Schema.Find(path)!;
        var setting = File_.Settings.Where(setting => setting.Path == path).ToList().ShouldHaveSingleItem($"akka.hocon should have {path} exactly once");

        OptionValues.TryConvert(key.Property, setting.Value, out var value).ShouldBeNull();
        var section = Activator.CreateInstance(Schema.Sections[key.Section].Type)!;
        value.ShouldBe(key.Get(section), $"{path} in akka.hocon should be the default of {key.Property.DeclaringType!.Name}.{key.Property.Name}");
    }

    [Fact]
    public void Shipped_EveryKey_IsAnOption() =>
        File_.Settings.Select(static setting => setting.Path).Where(static path => Schema.Find(path) is null).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Paths))]
    public void Shipped_EveryOption_HasACommentAbove(string path)
    {
        var line = File_.Settings.Single(setting => setting.Path == path).Line;
        Text.Split('\n')[line - 2].TrimStart().ShouldStartWith("#");
    }

    [Fact]
    public void Shipped_AkkaPart_IsReadByAkka()
    {
        var config = Akka.Configuration.ConfigurationFactory.ParseString(File_.AkkaText);

        config.GetString("akka.actor.provider").ShouldBe("local");
        config.GetTimeSpan("akka.coordinated-shutdown.default-phase-timeout").ShouldBe(TimeSpan.FromSeconds(10));
        File_.OtherRoots.ShouldHaveSingleItem().Name.ShouldBe("akka");
    }

    [Fact]
    public void Defaults_OfEveryOption_AreWithinTheirOwnBounds()
    {
        foreach (var key in Schema.Keys)
        {
            var value = key.Get(Activator.CreateInstance(Schema.Sections[key.Section].Type)!);
            foreach (var attribute in key.Validations)
            {
                attribute.IsValid(value).ShouldBeTrue($"{key.Path} = {value}");
            }
        }
    }
}

using System.CommandLine;
using System.Globalization;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice models inspect</c>.</summary>
internal sealed class ModelsInspectVerb : Verb
{
    private readonly Argument<string> _name = new("name") { HelpName = "NAME|PATH", Description = "Name in the cache, or a model folder; the configured model when left out", Arity = ArgumentArity.ZeroOrOne };

    public ModelsInspectVerb()
        : base("inspect", "Shows what was understood of a model, and from which file.") => Add(_name);

    public override async Task<int> RunAsync(VerbContext context)
    {
        var name = context.Line.GetValue(_name) ?? context.Settings.Get<SluiceOptions>().Model;
        await using var model = await context.Rooms.OpenModelAsync(name, context.Note, context.Stop);
        var info = model.Info;
        context.Out.WriteLine($"name         {info.Name}");
        context.Out.WriteLine($"folder       {model.Folder}");
        context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"output       {info.Kind.ToString().ToLowerInvariant()}, {info.Dimension} dimensions"));
        foreach (var fact in model.Describe())
        {
            context.Out.WriteLine($"{fact.Name,-12} {fact.Value} ({fact.Source})");
        }

        context.Out.WriteLine($"fingerprint  {info.Fingerprint}");
        return ExitCodes.Success;
    }
}

using System.CommandLine;
using System.Globalization;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice models inspect</c>.</summary>
internal sealed class ModelsInspectVerb : Verb
{
    private readonly Argument<string> _name = new("name") { HelpName = "NAME|PATH", Description = "Name in the cache, or a model folder; the configured model when left out", Arity = ArgumentArity.ZeroOrOne };

    public ModelsInspectVerb()
        : base("inspect", "Shows what is known of a model.") => Add(_name);

    public override async Task<int> RunAsync(VerbContext context)
    {
        var name = context.Line.GetValue(_name) ?? context.Settings.Get<SluiceOptions>().Model;
        await using var model = await context.Rooms.OpenModelAsync(name, context.Note, context.Stop);
        var info = model.Info;
        context.Out.WriteLine($"name         {info.Name}");
        context.Out.WriteLine($"folder       {model.Folder}");
        context.Out.WriteLine($"output       {info.Kind.ToString().ToLowerInvariant()}, {info.Dimension.ToString(CultureInfo.InvariantCulture)} dimensions, compared by {info.Distance.ToString().ToLowerInvariant()}");
        context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"longest text {info.MaxTokens} tokens"));
        context.Out.WriteLine($"fingerprint  {info.Fingerprint}");
        if (info.QueryPrompt.Length + info.DocumentPrompt.Length > 0)
        {
            context.Out.WriteLine($"prompts      query \"{info.QueryPrompt}\", document \"{info.DocumentPrompt}\"");
        }

        return ExitCodes.Success;
    }
}

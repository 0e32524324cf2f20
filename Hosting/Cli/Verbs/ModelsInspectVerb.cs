using System.CommandLine;
using System.Globalization;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice models inspect</c>.</summary>
internal sealed class ModelsInspectVerb : Verb
{
    private readonly Argument<string> _name = new("name") { HelpName = "NAME|PATH", Description = "Name in the cache, or a model folder; the configured model when left out", Arity = ArgumentArity.ZeroOrOne };

    private readonly Option<string?> _variant = new("--variant") { HelpName = "NAME", Description = "Which export of the model: fp32, fp16, int8, ... (sluice.embedding.variant)" };
    private readonly Option<string?> _dimensions = new("--dimensions") { HelpName = "N", Description = "Components of a vector to keep, for models trained to be cut (sluice.embedding.dimensions)" };
    private readonly Option<string?> _device = new("--device") { HelpName = "DEVICE", Description = "Where the model runs: auto, cpu, cuda:0,cuda:1, tensorrt:0 (sluice.embedding.device)" };

    public ModelsInspectVerb()
        : base("inspect", "Shows what was understood of a model, and from which file; tries it on two texts.")
    {
        Add(_name);
        Add(_variant);
        Add(_dimensions);
        Add(_device);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) =>
    [
        .. Setting(line, _variant, "embedding.variant"),
        .. Setting(line, _dimensions, "embedding.dimensions"),
        .. Setting(line, _device, "embedding.device"),
    ];

    public override async Task<int> RunAsync(VerbContext context)
    {
        var name = context.Line.GetValue(_name) ?? context.Settings.Get<SluiceOptions>().Model;
        await using var model = await context.Rooms.OpenModelAsync(name, context.Note, context.Stop);
        var info = model.Info;
        context.Out.WriteLine($"name         {info.Name}");
        context.Out.WriteLine($"folder       {model.Folder}");
        context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"output       {(info.Kind == EmbeddingKind.MultiVector ? "multi-vector" : info.Kind.ToString().ToLowerInvariant())}, {info.Dimension} {(info.Kind == EmbeddingKind.Sparse ? "terms" : "dimensions")}"));
        foreach (var fact in model.Describe())
        {
            context.Out.WriteLine($"{fact.Name,-12} {fact.Value} ({fact.Source})");
        }

        context.Out.WriteLine($"fingerprint  {info.Fingerprint}");
        await model.CheckAsync(context.Stop);
        context.Out.WriteLine("tried        it loads, and gives what it should");
        return ExitCodes.Success;
    }
}

using Sluice.Hosting.Cli.Text;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice models list</c>.</summary>
internal sealed class ModelsListVerb() : Verb("list", "Lists the models in the cache.")
{
    public override Task<int> RunAsync(VerbContext context)
    {
        var models = context.Rooms.ListModels();
        var width = models.Count == 0 ? 0 : models.Max(static model => TextLayout.Columns(model.Name));
        foreach (var model in models)
        {
            var note = model.IsDefault ? " (default)" : "";
            context.Out.WriteLine($"{model.Name.PadRight(width)}  {model.Folder ?? "made ready when it is first needed"}{note}");
        }

        return Task.FromResult(ExitCodes.Success);
    }
}

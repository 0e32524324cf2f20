using Sluice.Actors.Embedding.Visual;
using Sluice.Actors.Parsing.Visual;

namespace Sluice.Actors.Embedding.Folders;

/// <content>Models that embed images.</content>
internal static partial class ModelFacts
{
    private static void AddVisual(List<ModelFact> facts, ModelFolder folder, VisualPlan plan)
    {
        var recipe = plan.Images.Recipe;
        var prompts = File.Exists(Path.Combine(folder.FolderPath, VisualSettings.ProcessorFile)) ? VisualSettings.ProcessorFile : Usual;
        var network = Path.GetRelativePath(folder.FolderPath, plan.NetworkFile);
        facts.Add(new("embeds", plan.Settings.IsLate ? "pages and pictures, several vectors each; texts to search them by" : "pages and pictures, one vector each; texts to search them by", $"{VisualSettings.ConfigFile} ({plan.Settings.ModelType})"));
        facts.Add(new("image network", $"takes {string.Join(", ", plan.Inputs)}; '{plan.Output}' is used", network));
        facts.Add(new("image size", Describe(recipe), ImageSettings.FileName));
        facts.Add(new("normalized", folder.Info.Kind == Streams.Vectors.EmbeddingKind.Dense ? "to unit length" : "each vector to unit length", Usual));
        if (plan.Width != folder.Info.Dimension)
        {
            facts.Add(new("cut", Invariant($"to the first {folder.Info.Dimension} dimensions"), "sluice.embedding.dimensions"));
        }

        if (plan.Settings.IsLate)
        {
            facts.Add(new("beside images", Invariant($"{recipe.Positions} places for patches, then \"{plan.Settings.ImagePrompt}\""), prompts));
            if (folder.TokenPooling > 1)
            {
                facts.Add(new("token pooling", Invariant($"one vector of {folder.TokenPooling} is kept"), "sluice.embedding.token-pooling"));
            }
        }

        facts.Add(new("compared by", plan.Settings.IsLate ? "the sum of the largest products (MaxSim)" : "cosine", Usual));
        facts.Add(new("prompts", $"query \"{folder.Info.QueryPrompt}\"", plan.Settings.IsLate ? prompts : Usual));
    }

    private static string Describe(ImageRecipe recipe)
    {
        var filter = recipe.Filter.ToString().ToLowerInvariant();
        return recipe.ShortestEdge is { } edge ? Invariant($"{recipe.Width} x {recipe.Height}, cut out of the middle; before that the shorter side is brought to {edge} ({filter})")
            : recipe.ScaledWidth is { } width ? Invariant($"{recipe.Width} x {recipe.Height}, cut out of the middle of {width} x {recipe.ScaledHeight} ({filter})")
            : Invariant($"{recipe.Width} x {recipe.Height}, whatever the shape was ({filter})");
    }
}

using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Visual;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>Tries a model on two images before anything is read with it.</summary>
internal static class VisualTrial
{
    /// <summary>Tries it.</summary>
    /// <exception cref="ModelException">It cannot be used.</exception>
    public static async Task RunAsync(ModelFolder folder, VisualPlan plan, OnnxEmbedder embedder, CancellationToken cancellationToken)
    {
        PreparedImage[] images = [Make(plan, static (x, y) => (byte)((7 * x) + (3 * y))), Make(plan, static (x, y) => (byte)(255 - x - y))];
        IReadOnlyList<Embedding> together, alone;
        try
        {
            together = await embedder.EmbedImagesAsync(images, cancellationToken).ConfigureAwait(false);
            alone = await embedder.EmbedImagesAsync([images[0]], cancellationToken).ConfigureAwait(false);
        }
        catch (EmbedderOutOfMemoryException e)
        {
            throw new ModelException($"{plan.NetworkFile}: there is not enough memory even for two images ({e.Message})", e);
        }

        foreach (var embedding in together)
        {
            ModelTrial.CheckValues(plan.NetworkFile, plan.Output, "an image", embedding);
        }

        if (ModelTrial.Likeness(alone[0], together[0]) is var likeness && !(likeness >= ModelTrial.LeastLikeness))
        {
            throw new ModelException($"{plan.NetworkFile}: an image beside another one does not give what it gives alone (cosine {likeness:0.000}), so its results would depend on chance. Export the model again with a dynamic first axis.");
        }
    }

    private static PreparedImage Make(VisualPlan plan, Func<int, int, byte> component)
    {
        var recipe = plan.Images.Recipe;
        var pixels = new byte[recipe.Width * recipe.Height * 3];
        for (var at = 0; at < pixels.Length; at++)
        {
            var pixel = at / 3;
            pixels[at] = component(pixel % recipe.Width, (pixel / recipe.Width) + (40 * (at % 3)));
        }

        return new PreparedImage(recipe.Width, recipe.Height, pixels, recipe.Positions);
    }
}

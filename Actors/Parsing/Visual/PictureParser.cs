using System.Globalization;
using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Images;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Visual;

/// <summary>Pictures, for a model that embeds images: one section each, without text; the title is the file's name. Stateless.</summary>
/// <param name="recipe">How the model wants its images.</param>
internal sealed class PictureParser(ImageRecipe recipe) : IFormatParser
{
    public string Name => "picture";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var picture = await DecodeAsync(input, cancellationToken).ConfigureAwait(false);
        yield return SectionBuilder.Title(input.FileName.Length > 0 ? input.FileName : input.Uri, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["width"] = picture.Width.ToString(CultureInfo.InvariantCulture),
            ["height"] = picture.Height.ToString(CultureInfo.InvariantCulture),
        });
        yield return new Section(SectionKind.Image, "", new Place(0, 0)) { Image = picture.Image };
    }

    /// <summary>Waiting for a turn does not count as time to the next section, nor does decoding, which the number of pixels limits.</summary>
    private async Task<(int Width, int Height, PreparedImage Image)> DecodeAsync(ParseInput input, CancellationToken cancellationToken)
    {
        input.Watch?.BeginRead();
        try
        {
            return await ImageDecoder.UseAsync(
                input.Stream, input.Options, picture => (picture.Width, picture.Height, recipe.Prepare(picture.Pixels, picture.Width, picture.Height)), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            input.Watch?.EndRead();
        }
    }
}

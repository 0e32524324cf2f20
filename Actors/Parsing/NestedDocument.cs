using System.Runtime.CompilerServices;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing;

/// <summary>Reads a document that is part of another one (a chapter, a mail body) and makes its sections sections of the outer one.</summary>
internal static class NestedDocument
{
    /// <summary>Yields the inner document's sections: its headings below the outer ones, character ranges counted on, its own title left out.</summary>
    /// <param name="parser">Reads the inner document.</param>
    /// <param name="input">The inner document.</param>
    /// <param name="part">Its name within the outer one, for the sections' places; null leaves them without.</param>
    /// <param name="builder">Makes the outer document's sections.</param>
    /// <param name="level">Levels of heading that stand above the inner document.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <returns>The sections; none when there is no text in it.</returns>
    public static async IAsyncEnumerable<Section> ReadAsync(
        IFormatParser parser,
        ParseInput input,
        string? part,
        SectionBuilder builder,
        int level,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var sections = parser.ParseAsync(input, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (sections.ConfigureAwait(false))
        {
            while (await NextAsync(sections, part).ConfigureAwait(false))
            {
                var section = sections.Current;
                if (section.Kind == SectionKind.Title)
                {
                    continue;
                }

                var at = section.Place with { Part = part, Line = null };
                var own = section is { Kind: SectionKind.Heading, Continues: false }
                    ? builder.Heading(level + section.HeadingPath.Count + 1, section.Text, at)
                    : builder.Add(section.Kind, section.Text, at, section.TableHeader, section.Metadata, section.Continues);
                foreach (var made in own)
                {
                    yield return made;
                }
            }
        }
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<Section> sections, string? part)
    {
        try
        {
            return await sections.MoveNextAsync().ConfigureAwait(false);
        }
        catch (DocumentRejectedException exception) when (exception.Rejection.Reason == Reasons.Empty)
        {
            return false; // A cover or a picture page: the outer document decides whether it has no text at all.
        }
        catch (DocumentRejectedException exception) when (part is not null && !exception.Rejection.Message.Contains(part, StringComparison.Ordinal))
        {
            throw new DocumentRejectedException(exception.Rejection with { Message = $"part '{Zip.BoundedZip.Shown(part)}': {exception.Rejection.Message}" }, exception);
        }
    }
}

using System.Runtime.CompilerServices;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Sluice.Actors.Parsing.Text;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Html;

/// <summary>HTML and XHTML pages. The page is held in memory, up to <see cref="ParsingOptions.MaxWholeDocumentBytes"/>.</summary>
internal sealed class HtmlPageParser : IFormatParser
{
    public string Name => "html";

    public int Version => 1;

    /// <summary>Parses a page or a piece of one; elements deeper than the limit become siblings, so that no tree is too deep to walk.</summary>
    /// <exception cref="DocumentRejectedException">It has more elements than <see cref="ParsingOptions.MaxElements"/>, or far too many within each other.</exception>
    public static IHtmlDocument Parse(string html, ParsingOptions options, CancellationToken cancellationToken)
    {
        if (NestingEstimate.Of(html) is > NestingEstimate.Most)
        {
            throw new DocumentRejectedException(Rejection.Dead(
                Reasons.Bomb, $"more than {NestingEstimate.Most:N0} elements nested in each other; no page is made like that"));
        }

        cancellationToken.ThrowIfCancellationRequested();
        var budget = new ElementBudget(options, cancellationToken);
        return new HtmlParser(new HtmlParserOptions
        {
            MaximumDepth = options.MaxNesting,
            SkipComments = true,
            SkipScriptText = true,
            SkipProcessingInstructions = true,
            OnCreated = (element, _) => budget.Add(element),
        }).ParseDocument(html);
    }

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = await TextDecoding.OpenAsync(input.Stream, input.Charset, CharsetDeclaration.Html, cancellationToken).ConfigureAwait(false);
        var html = await WholeText.ReadAsync(reader, input, cancellationToken).ConfigureAwait(false);
        using var page = Parse(html, input.Options, cancellationToken);
        var builder = new SectionBuilder();
        if (PageTitle.Of(page) is { } title)
        {
            yield return title;
        }

        if (page.Body is not { } body)
        {
            yield break;
        }

        var any = false;
        foreach (var section in new HtmlWalker(builder, keepNavigation: false).Walk(body))
        {
            cancellationToken.ThrowIfCancellationRequested();
            any = true;
            yield return section;
        }

        if (any)
        {
            yield break;
        }

        // Everything was taken for navigation: then it is all the page has.
        foreach (var section in new HtmlWalker(builder, keepNavigation: true).Walk(body))
        {
            yield return section;
        }
    }
}

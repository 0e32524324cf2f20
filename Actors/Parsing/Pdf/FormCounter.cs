using System.Text;
using Sluice.Streams.Failures;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Tokens;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>
/// Counts what drawing a page would take before PdfPig draws it: a handful of forms (pieces of content with a name) that each draw the next one ten times
/// would keep it busy for days, with no way to stop it, and a few kilobytes that inflate to text alone would fill the memory. Counts each form once, however often it
/// is drawn. Not safe for concurrent use.
/// </summary>
internal sealed class FormCounter(PdfDocument document, CancellationToken cancellationToken)
{
    private const int MaxDepth = 100;
    private const int MaxPages = 1_000_000;

    private readonly Dictionary<IndirectReference, DrawingCost> _counted = [];
    private List<DictionaryToken>? _pages;

    /// <summary>Refuses a page that draws too much.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <exception cref="DocumentRejectedException">It does.</exception>
    public void Check(int number)
    {
        _pages ??= Pages();
        if (number > _pages.Count)
        {
            return;
        }

        var page = _pages[number - 1];
        var forms = Forms(page);
        var content = Resolve(page.Data.GetValueOrDefault("Contents"));
        var parts = content is ArrayToken array ? array.Data.Select(Resolve) : [content];
        var total = default(DrawingCost);
        foreach (var part in parts.OfType<StreamToken>())
        {
            total += Drawn(part, forms, null, 0);
            if (total.Excess() is { } excess)
            {
                throw new DocumentRejectedException(Rejection.Dead(Reasons.Bomb, $"page {number} {excess}; print the document again, or split the page"));
            }
        }
    }

    /// <summary>What drawing the content of a stream takes, with what it draws itself.</summary>
    private DrawingCost Drawn(StreamToken stream, Dictionary<string, IndirectReference> forms, IndirectReference? self, int depth)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var content = stream.Decode(document.Structure.FilterProvider, document.Structure.TokenScanner).Span;
        var total = new DrawingCost(0, content.Length, ShownText.Bytes(content));
        for (var at = forms.Count == 0 ? -1 : content.IndexOf("Do"u8); at >= 0;)
        {
            if (NameBefore(content[..at]) is { } name && forms.TryGetValue(name, out var form) && form != self)
            {
                total += new DrawingCost(1, 0, 0) + Within(form, depth + 1);
            }

            var next = content[(at + 2)..].IndexOf("Do"u8);
            at = next < 0 ? -1 : at + 2 + next;
        }

        return total;
    }

    private DrawingCost Within(IndirectReference reference, int depth)
    {
        if (_counted.TryGetValue(reference, out var cost))
        {
            return cost;
        }

        // PdfPig stops at a form that draws itself; two that draw each other go on for as long as its stack lasts, so that counts as too many.
        _counted[reference] = DrawingCost.Endless;
        cost = default;
        if (Resolve(new IndirectReferenceToken(reference)) is StreamToken form && IsForm(form))
        {
            cost = depth > MaxDepth ? DrawingCost.Endless : Drawn(form, Forms(form.StreamDictionary), reference, depth);
        }

        _counted[reference] = cost;
        return cost;
    }

    private static bool IsForm(StreamToken stream) => stream.StreamDictionary.Data.GetValueOrDefault("Subtype") is NameToken { Data: "Form" };

    /// <summary>The objects that content may draw, by name.</summary>
    private Dictionary<string, IndirectReference> Forms(DictionaryToken owner)
    {
        var forms = new Dictionary<string, IndirectReference>(StringComparer.Ordinal);
        if (Resolve(owner.Data.GetValueOrDefault("Resources")) is DictionaryToken resources && Resolve(resources.Data.GetValueOrDefault("XObject")) is DictionaryToken objects)
        {
            foreach (var (name, token) in objects.Data)
            {
                if (token is IndirectReferenceToken reference)
                {
                    forms[name] = reference.Data;
                }
            }
        }

        return forms;
    }

    private static string? NameBefore(ReadOnlySpan<byte> content)
    {
        var trimmed = content.TrimEnd(" \r\n\t\f\0"u8);
        var slash = trimmed.LastIndexOf((byte)'/');
        return slash < 0 || trimmed.Length - slash > 128 ? null : Encoding.UTF8.GetString(trimmed[(slash + 1)..]);
    }

    private IToken? Resolve(IToken? token)
    {
        for (var hops = 0; token is IndirectReferenceToken reference && hops < 16; hops++)
        {
            token = document.Structure.GetObject(reference.Data)?.Data;
        }

        return token;
    }

    /// <summary>The pages of the tree in order; resources that a page inherits are given to it.</summary>
    private List<DictionaryToken> Pages()
    {
        var pages = new List<DictionaryToken>();
        var seen = new HashSet<IndirectReference>();
        var open = new Stack<(IToken? Node, IToken? Resources)>();
        open.Push((document.Structure.Catalog.CatalogDictionary.Data.GetValueOrDefault("Pages"), null));
        while (open.TryPop(out var next) && pages.Count < MaxPages)
        {
            if ((next.Node is IndirectReferenceToken reference && !seen.Add(reference.Data)) || Resolve(next.Node) is not DictionaryToken node)
            {
                continue;
            }

            var resources = node.Data.GetValueOrDefault("Resources") ?? next.Resources;
            if (Resolve(node.Data.GetValueOrDefault("Kids")) is ArrayToken kids)
            {
                for (var index = kids.Data.Count - 1; index >= 0; index--)
                {
                    open.Push((kids.Data[index], resources));
                }
            }
            else
            {
                pages.Add(node.Data.ContainsKey("Resources") || resources is null ? node : node.With("Resources", resources));
            }
        }

        return pages;
    }
}

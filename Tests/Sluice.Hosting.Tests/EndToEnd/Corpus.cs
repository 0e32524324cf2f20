using System.Globalization;
using System.Text;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>Small documents to ingest.</summary>
internal static class Corpus
{
    private static readonly string[] s_words =
        ("river stone window market garden engine letter bridge winter summer doctor teacher harbour mountain village kitchen station paper silver copper music "
        + "shadow forest animal journey picture question answer number morning evening history science machine water fire cloud island ocean valley road").Split(' ');

    private static readonly (string Name, string Title, string About)[] s_pages =
    [
        ("volcanoes.md", "Volcanoes", "A volcano erupts when magma from below the crust reaches the surface. Lava flows down the slopes and ash rises high into the sky."),
        ("bread.md", "Baking bread", "Knead flour, water, salt and yeast into a dough, let it rise for two hours and bake the loaf in a hot oven."),
        ("chess.md", "Chess openings", "In the Sicilian defence black answers the king's pawn with the pawn on c5 and fights for the centre from the side."),
        ("bees.html", "Honey bees", "A honey bee colony has one queen. The workers collect nectar from flowers and tell each other the way with a dance."),
        ("submarines.html", "Submarines", "A submarine dives by letting sea water into its ballast tanks and comes up by blowing the water out with air."),
        ("guitar.md", "Tuning a guitar", "The six strings of a guitar are tuned to E, A, D, G, B and E. Turn the pegs until each string gives the right note."),
        ("taxes.md", "Income tax", "Income tax is paid on wages and profits. The tax office wants the return by the end of July and refunds what was overpaid."),
        ("glaciers.md", "Glaciers", "A glacier is a mass of ice that creeps downhill under its own weight and carves a valley into the rock."),
        ("coffee.html", "Brewing coffee", "Grind the coffee beans freshly, pour hot water over them slowly and let the cup drip through the paper filter."),
        ("moon.md", "The Moon", "The Moon circles the Earth in twenty-seven days. Astronauts first walked on it in 1969 and brought rocks home."),
        ("knots.md", "Sailing knots", "The bowline makes a loop at the end of a rope that does not slip and that is easily untied after a load."),
        ("cheese.md", "Making cheese", "Rennet curdles the milk, the curd is cut and pressed, and the cheese ripens in a cellar for months."),
    ];

    /// <summary>Twelve pages in Markdown and HTML, each of a subject of its own.</summary>
    public static void WritePages(Workplace place)
    {
        foreach (var (name, title, about) in s_pages)
        {
            var filler = string.Join("\n\n", Enumerable.Range(1, 3).Select(part => $"## Part {part} of {title}\n\nMore about {title.ToLowerInvariant()}: {Sentences(title.Length + part, 40)}"));
            place.Write(name, name.EndsWith(".md", StringComparison.Ordinal)
                ? $"# {title}\n\n{about}\n\n{filler}\n"
                : $"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1><p>{about}</p><p>{filler}</p></body></html>");
        }
    }

    /// <summary>How many pages <see cref="WritePages"/> writes.</summary>
    public static int Pages => s_pages.Length;

    /// <summary>Many files of many paragraphs: enough work to be interrupted in.</summary>
    public static void WriteMany(Workplace place, int files = 40, int paragraphs = 8)
    {
        for (var file = 0; file < files; file++)
        {
            var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"# Document {file}\n\n");
            for (var paragraph = 0; paragraph < paragraphs; paragraph++)
            {
                text.Append(CultureInfo.InvariantCulture, $"Paragraph {paragraph} of {file}: {Sentences((file * 1000) + paragraph, 70)}\n\n");
            }

            place.Write($"{file / 10}/{file:000}.md", text.ToString());
        }
    }

    /// <summary>So many words in sentences, always the same ones for a seed.</summary>
    public static string Sentences(int seed, int words)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var word = 0; word < words; word++)
        {
            text.Append(word % 10 == 0 ? "The " : "").Append(s_words[random.Next(s_words.Length)]).Append(word % 10 == 9 ? ". " : " ");
        }

        return text.ToString().TrimEnd() + (words % 10 == 0 ? "" : ".");
    }
}

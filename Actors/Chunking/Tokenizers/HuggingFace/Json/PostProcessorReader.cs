using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Json;

/// <summary>Reads what a file puts around the tokens of a text.</summary>
internal static class PostProcessorReader
{
    /// <summary>Reads it, on top of what comes before it.</summary>
    /// <exception cref="ModelException">It is not supported or broken.</exception>
    public static PostProcessing Read(JsonPart part, PostProcessing before)
    {
        if (!part.IsSet)
        {
            return before;
        }

        switch (part.Type)
        {
            case "Sequence":
                part.Expect("processors");
                return part["processors"].Items.Aggregate(before, static (post, step) => Read(step, post));
            case "TemplateProcessing":
                return ReadTemplate(part, before);
            case "BertProcessing":
                part.Expect("sep", "cls");
                return Around(part, before);
            case "RobertaProcessing":
                part.Expect("sep", "cls", "trim_offsets", "add_prefix_space");
                return Around(part, before) with { TrimsOffsets = before.TrimsOffsets || part["trim_offsets"].FlagOr(true) };
            case "ByteLevel":
                part.Expect("add_prefix_space", "trim_offsets", "use_regex");
                return before with { TrimsOffsets = before.TrimsOffsets || part["trim_offsets"].FlagOr(true) };
            default:
                throw part.Refuse($"the post-processor {part.Type}");
        }
    }

    private static PostProcessing Around(JsonPart part, PostProcessing before) => before with
    {
        Before = [Id(part["cls"]), .. before.Before],
        After = [.. before.After, Id(part["sep"])],
    };

    private static int Id(JsonPart pair) => pair.Items.ElementAtOrDefault(1) is { IsSet: true } id ? id.Integer : throw pair.Broken("a token and its id");

    private static PostProcessing ReadTemplate(JsonPart part, PostProcessing before)
    {
        var prefix = new List<int>();
        var suffix = new List<int>();
        var target = prefix;
        var hasText = false;
        foreach (var step in part["single"].Items)
        {
            var text = step["Sequence"];
            if (text.IsSet)
            {
                if (hasText || text["id"].Text != "A")
                {
                    throw step.Refuse("a template that takes anything but one text");
                }

                RefuseType(text);
                hasText = true;
                target = suffix;
                continue;
            }

            var special = step["SpecialToken"];
            var ids = part["special_tokens"][special["id"].Text]["ids"];
            target.AddRange(ids.Items.Select(static id => id.Integer));
        }

        return hasText
            ? before with { Before = [.. prefix, .. before.Before], After = [.. before.After, .. suffix] }
            : throw part["single"].Broken("a template with the text in it");
    }

    private static void RefuseType(JsonPart step)
    {
        if (step["type_id"] is { IsSet: true, Integer: not 0 } type)
        {
            throw type.Refuse("a token type other than 0 for the text");
        }
    }
}

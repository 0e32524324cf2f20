using System.Text.Json;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using static Sluice.Actors.Embedding.Folders.SettingsFile;

namespace Sluice.Actors.Embedding.Folders;

/// <content>Prompts, and what late-interaction models say of queries and documents: the original in <c>artifact.metadata</c>, PyLate in the settings of sentence-transformers.</content>
internal sealed partial class FolderSettings
{
    /// <summary>Takes the model for what the user says it is.</summary>
    public void Override(ModelOutput output)
    {
        const string because = "sluice.embedding.output";
        switch (output)
        {
            case ModelOutput.Dense:
                (Late, Sparse) = (null, null);
                break;
            case ModelOutput.MultiVector:
                BeLate(because);
                Sparse = null;
                break;
            case ModelOutput.Sparse:
                Sparse ??= new SparseSettings(Sums: false, Twice: false);
                Origins.TryAdd(nameof(Sparse), because);
                Late = null;
                break;
            default:
                break;
        }
    }

    private void BeLate(string because)
    {
        Late ??= new LateInteractionSettings();
        Origins.TryAdd(nameof(Late), because);
    }

    private void ReadArtifact(JsonElement root)
    {
        Late ??= new LateInteractionSettings();
        Origins[nameof(Late)] = "artifact.metadata";
        Late.QueryMarker = Text(root, "query_token_id") ?? "[unused0]";
        Late.DocumentMarker = Text(root, "doc_token_id") ?? "[unused1]";
        Late.QueryLength = Integer(root, "query_maxlen") ?? LateInteractionSettings.UsualQueryLength;
        Late.DocumentLength = Integer(root, "doc_maxlen");
        Late.AttendsToExpansion = Boolean(root, "attend_to_mask_tokens") ?? false;
        Late.SkipWords = Boolean(root, "mask_punctuation") == false ? [] : LateInteractionSettings.Punctuation;
        if (Text(root, "similarity") is { } similarity and not "cosine")
        {
            throw new ModelException($"{Path.Combine(_folder, "artifact.metadata")}: similarity = '{similarity}' is not supported; cosine is.");
        }
    }

    private void ReadSentenceTransformers(JsonElement root)
    {
        const string name = "config_sentence_transformers.json";
        if (root.TryGetProperty("prompts", out var prompts) && prompts.ValueKind == JsonValueKind.Object)
        {
            Origins[nameof(QueryPrompt)] = name;
            var usual = Text(root, "default_prompt_name") is { } chosen
                ? Text(prompts, chosen) ?? throw new ModelException($"{Path.Combine(_folder, name)}: default_prompt_name = '{chosen}', and there is no such prompt; there are {string.Join(", ", prompts.EnumerateObject().Select(static prompt => prompt.Name))}. Correct one of them.")
                : "";
            QueryPrompt = Text(prompts, "query") ?? usual;
            DocumentPrompt = Text(prompts, "document") ?? Text(prompts, "passage") ?? Text(prompts, "corpus") ?? usual;
        }

        if (Text(root, "query_prefix") is { } query)
        {
            BeLate(name);
            Late!.QueryMarker = query;
            Late.DocumentMarker = Text(root, "document_prefix") ?? "";
            Origins[nameof(Late)] = name;
        }

        if (Late is { } late)
        {
            late.QueryLength = Integer(root, "query_length") ?? late.QueryLength;
            late.DocumentLength = Integer(root, "document_length") ?? late.DocumentLength;
            late.AttendsToExpansion = Boolean(root, "attend_to_expansion_tokens") ?? late.AttendsToExpansion;
            late.ExpandsQueries = Boolean(root, "do_query_expansion") ?? late.ExpandsQueries;
            if (root.TryGetProperty("skiplist_words", out var words) && words.ValueKind == JsonValueKind.Array)
            {
                late.SkipWords = [.. words.EnumerateArray().Select(static word => word.GetString() ?? "")];
            }
        }

        if (Text(root, "similarity_fn_name") is { } similarity)
        {
            Origins[nameof(Distance)] = name;
            Distance = similarity.ToUpperInvariant() switch
            {
                "COSINE" => Distance.Cosine,
                "DOT" or "DOT_PRODUCT" => Distance.Dot,
                "EUCLIDEAN" => Distance.Euclidean,
                "MAXSIM" when Late is not null => Distance.Dot,
                _ => throw new ModelException($"{Path.Combine(_folder, name)}: similarity_fn_name = '{similarity}' is not supported; cosine, dot or euclidean is."),
            };
        }
    }
}

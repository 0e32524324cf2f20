using System.Text.Json;
using Sluice.Streams.Failures;
using static Sluice.Actors.Embedding.Folders.SettingsFile;

namespace Sluice.Actors.Embedding.Folders;

/// <content>The modules of sentence-transformers and PyLate: what comes behind the network.</content>
internal sealed partial class FolderSettings
{
    private static readonly (string Key, string Name, PoolingMode Mode)[] s_pooling =
    [
        ("pooling_mode_mean_tokens", "mean", PoolingMode.Mean),
        ("pooling_mode_cls_token", "cls", PoolingMode.Cls),
        ("pooling_mode_lasttoken", "lasttoken", PoolingMode.LastToken),
        ("pooling_mode_max_tokens", "max", PoolingMode.Max),
        ("pooling_mode_weightedmean_tokens", "weightedmean", PoolingMode.WeightedMean),
        ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", PoolingMode.MeanSqrtLength),
    ];

    private const string InputName = "module_input_name";
    private const string PooledVector = "sentence_embedding";
    private const string TokenVectors = "token_embeddings";

    private readonly List<DenseModule> _dense = [];
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);
    private string? _poolingFolder = "1_Pooling";
    private int? _pooledWidth;

    private void ReadModules(JsonElement root)
    {
        foreach (var module in root.EnumerateArray())
        {
            var type = module.GetProperty("type").GetString() ?? "";
            var path = Text(module, "path") ?? "";
            RequireInside(path);
            if (type.StartsWith("pylate.", StringComparison.Ordinal))
            {
                BeLate("modules.json");
            }

            switch (type[(type.LastIndexOf('.') + 1)..])
            {
                case "Transformer" or "MLMTransformer":
                    break;
                case "Pooling":
                    _poolingFolder = path;
                    RequirePooling(path);
                    break;
                case "Normalize":
                    Normalizes = true;
                    Origins[nameof(Normalizes)] = "modules.json";
                    break;
                case "Dense":
                    ReadDense(type, path);
                    break;
                case "SpladePooling":
                    ReadSplade(path);
                    break;
                default:
                    UnsupportedModule ??= type;
                    break;
            }
        }
    }

    private void ReadDense(string type, string path)
    {
        // PyLate's layers take tokens and have no activation unless they say so; those of sentence-transformers take what was pooled, and have Tanh.
        var isPyLate = type.StartsWith("pylate.", StringComparison.Ordinal);
        var folder = Path.Combine(_folder, path);
        if (Normalizes)
        {
            throw new ModelException($"{Path.Combine(_folder, "modules.json")}: there is a linear layer ({path}) behind the normalization, which Sluice does not do. Export the network with it included.");
        }

        if (!File.Exists(Path.Combine(folder, "config.json")))
        {
            throw new ModelException($"{Path.Combine(folder, "config.json")}: it is missing, and modules.json asks for the linear layer '{path}'. Download the folder again, with its subfolders.");
        }

        Visit(ConfigIn(path), root => _dense.Add(new DenseModule(
            folder,
            root.GetProperty("in_features").GetInt32(),
            root.GetProperty("out_features").GetInt32(),
            Boolean(root, "bias") ?? true,
            Activation(Text(root, "activation_function") ?? (isPyLate ? "torch.nn.modules.linear.Identity" : "torch.nn.modules.activation.Tanh"), Path.Combine(folder, "config.json")))
        {
            IsOfTokens = isPyLate ? Text(root, InputName) is null or TokenVectors : Text(root, InputName) is TokenVectors,
            Unsupported = UnsupportedInDense(root),
        }));
        _files.Add(path.Length == 0 ? DenseWeights.FileName : path + "/" + DenseWeights.FileName);
        Origins[nameof(Dense)] = ConfigIn(path);
    }

    /// <summary>Which setting of a linear layer makes another result than the layer's own, or takes it elsewhere.</summary>
    private static string? UnsupportedInDense(JsonElement root)
        => Boolean(root, "use_residual") == true ? "use_residual = true"
            : Text(root, InputName) is { } input and not (PooledVector or TokenVectors) ? $"{InputName} = '{input}'"
            : Text(root, "module_output_name") is { } output and not (PooledVector or TokenVectors) ? $"module_output_name = '{output}'"
            : null;

    private static DenseActivation Activation(string type, string file) => type[(type.LastIndexOf('.') + 1)..] switch
    {
        "Identity" => DenseActivation.Identity,
        "Tanh" => DenseActivation.Tanh,
        "ReLU" => DenseActivation.Relu,
        "GELU" => DenseActivation.Gelu,
        _ => throw new ModelException($"{file}: activation_function = '{type}' is not supported; Identity, Tanh, ReLU or GELU is. Export the network with the layer included."),
    };

    private void ReadSplade(string path)
    {
        Sparse = new SparseSettings(Sums: false, Twice: false);
        Origins[nameof(Sparse)] = "modules.json";
        _poolingFolder = null;
        Visit(ConfigIn(path), root =>
        {
            var file = Path.Combine(_folder, path, "config.json");
            var sums = Text(root, "pooling_strategy") switch
            {
                null or "max" => false,
                "sum" => true,
                var other => throw new ModelException($"{file}: pooling_strategy = '{other}' is not supported; max or sum is."),
            };
            var twice = Text(root, "activation_function") switch
            {
                null or "relu" => false,
                "log1p_relu" => true,
                var other => throw new ModelException($"{file}: activation_function = '{other}' is not supported; relu or log1p_relu is."),
            };
            Sparse = new SparseSettings(sums, twice);
            Origins[nameof(Sparse)] = ConfigIn(path);
        });
    }

    private void ReadPooling(JsonElement root, string name)
    {
        var file = Path.Combine(_folder, name);
        _pooledWidth = Dimension = Integer(root, "word_embedding_dimension") ?? Integer(root, "embedding_dimension");
        var modes = root.EnumerateObject()
            .Where(static property => property.Name.StartsWith("pooling_mode_", StringComparison.Ordinal) && property.Value.ValueKind == JsonValueKind.True)
            .Select(static property => property.Name)
            .ToList();
        if (modes.Count == 0 && Text(root, "pooling_mode") is { } named)
        {
            modes.Add(s_pooling.FirstOrDefault(mode => mode.Name == named).Key ?? named);
        }

        var known = string.Join(", ", s_pooling.Select(static mode => mode.Key));
        Pooling = modes switch
        {
            [var single] when Array.FindIndex(s_pooling, mode => mode.Key == single) is >= 0 and var index => s_pooling[index].Mode,
            [] => throw new ModelException($"{file}: no pooling mode is set. Set one of {known} to true."),
            _ => throw new ModelException($"{file}: {string.Join(" + ", modes)} is not supported; one of {known} alone is."),
        };
        if (Boolean(root, "include_prompt") == false)
        {
            throw new ModelException($"{file}: leaving the prompt out of pooling (include_prompt = false) is not supported.");
        }

        Origins[nameof(Pooling)] = name;
    }

    /// <summary>Notes that the settings of pooling are missing, which matters where the network does not pool: the mean would be a guess.</summary>
    private void RequirePooling(string path)
    {
        if (!File.Exists(Path.Combine(_folder, ConfigIn(path))))
        {
            MissingPooling = $"{Path.Combine(_folder, ConfigIn(path))}: it is missing; modules.json names it, and it says how tokens are pooled. Download the folder again, with its subfolders.";
        }
    }

    /// <summary>A module's settings; a module without a folder of its own has them in the model's.</summary>
    private static string ConfigIn(string path) => path.Length == 0 ? "config.json" : path + "/config.json";
}

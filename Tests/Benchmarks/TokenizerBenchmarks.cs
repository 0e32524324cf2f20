using BenchmarkDotNet.Attributes;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Streams.Chunks;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>The default tokenizer by length of text.</summary>
[MemoryDiagnoser]
public class TokenizerBenchmarks
{
    private readonly TokenBuffer _tokens = new();
    private ITokenizer _tokenizer = null!;
    private string _text = "";

    /// <summary>Characters of the text.</summary>
    [Params(100, 2_000, 1_000_000)]
    public int Characters { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _tokenizer = TokenizerLoader.Load(await TestModel.EnsureAsync());
        _text = SampleText.Read(Characters);
    }

    [Benchmark]
    public int Encode()
    {
        _tokenizer.Encode(_text, _tokens);
        return _tokens.Count;
    }
}

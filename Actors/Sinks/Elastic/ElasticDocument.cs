using System.Buffers;
using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>Writes a record as the document that is indexed. Keeps its buffers from record to record: one a request.</summary>
/// <param name="output">Where to.</param>
/// <param name="base64">Whether dense vectors are written as base64 of big-endian floats, which the server must know, or as numbers.</param>
/// <param name="unitRows">
/// Whether the vectors of a multi-vector embedding are written at unit length: the servers compare them by dot product, which is the cosine then.
/// </param>
internal sealed class ElasticDocument(IBufferWriter<byte> output, bool base64, bool unitRows) : IDisposable
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonEncodedText s_chunk = JsonEncodedText.Encode(ElasticFields.Chunk);
    private static readonly JsonEncodedText s_document = JsonEncodedText.Encode(ElasticFields.Document);
    private static readonly JsonEncodedText s_uri = JsonEncodedText.Encode(ElasticFields.Uri);
    private static readonly JsonEncodedText s_uriPlain = JsonEncodedText.Encode(ElasticFields.UriPlain);
    private static readonly JsonEncodedText s_path = JsonEncodedText.Encode(ElasticFields.Path);
    private static readonly JsonEncodedText s_text = JsonEncodedText.Encode(ElasticFields.Text);
    private static readonly JsonEncodedText s_embedding = JsonEncodedText.Encode(ElasticFields.Embedding);
    private static readonly JsonEncodedText s_tokens = JsonEncodedText.Encode(ElasticFields.Tokens);
    private static readonly JsonEncodedText s_sparse = JsonEncodedText.Encode(ElasticFields.Sparse);

    private readonly Utf8JsonWriter _json = new(output, s_json);
    private readonly JsonVector _numbers = new();
    private int[] _turned = [];
    private float[] _mean = [];

    // Records of one document follow each other: its forms are made once.
    private string? _lastUri;
    private (string? Plain, string Path, string? SitePath) _forms;

    /// <summary>Writes a document and the line's end.</summary>
    public void Write(VectorRecord record)
    {
        var chunk = record.Chunk;
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString(s_chunk, chunk.Id.Value);
        _json.WriteString(s_document, record.Document.Value);
        WriteUri(record.Uri);
        _json.WriteString(s_text, WellFormed.Text(chunk.Text));
        ChunkFields.Write(_json, chunk);
        WriteEmbedding(record.Embedding);
        _json.WriteEndObject();
        _json.Flush();
        EndLine();
    }

    /// <summary>Writes the change of a chunk's place, headings, title and metadata, and the line's end.</summary>
    public void WriteChange(Chunk chunk)
    {
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteStartObject("script");
        _json.WriteString("lang", "painless");
        _json.WriteString("source", ElasticScripts.Relocate);
        _json.WriteStartObject("params");
        ChunkFields.Write(_json, chunk, complete: true);
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
        EndLine();
    }

    public void Dispose()
    {
        _numbers.Dispose();
        _json.Dispose();
    }

    private void WriteUri(string uri)
    {
        if (!ReferenceEquals(uri, _lastUri) && uri != _lastUri)
        {
            var (site, path) = UriGlob.Split(uri);
            var plain = uri.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(uri) : uri;
            _forms = (plain == uri ? null : WellFormed.Text(plain), WellFormed.Text(path), site.Length > 0 ? WellFormed.Text(site + path) : null);
        }

        _lastUri = uri;
        _json.WriteString(s_uri, WellFormed.Text(uri));
        if (_forms.Plain is not null)
        {
            _json.WriteString(s_uriPlain, _forms.Plain);
        }

        _json.WriteStartArray(s_path);
        _json.WriteStringValue(_forms.Path);
        if (_forms.SitePath is not null)
        {
            _json.WriteStringValue(_forms.SitePath);
        }

        _json.WriteEndArray();
    }

    private void WriteEmbedding(Embedding embedding)
    {
        switch (embedding)
        {
            case DenseEmbedding dense:
                WriteVector(dense.Values.Span);
                break;
            case MultiVectorEmbedding multi:
                if (_mean.Length != multi.Dimension)
                {
                    _mean = new float[multi.Dimension];
                }

                MeanVector.Compute(multi, _mean);
                WriteVector(_mean);
                WriteRows(multi);
                break;
            case SparseEmbedding sparse:
                _json.WriteStartObject(s_sparse);
                SparseTerms.Write(_json, sparse);
                _json.WriteEndObject();
                break;
        }
    }

    private void WriteRows(MultiVectorEmbedding multi)
    {
        var norms = unitRows ? UnitRows.Norms(multi) : null;
        _json.WriteStartArray(s_tokens);
        for (var row = 0; row < multi.Rows; row++)
        {
            var values = multi.Values.Span.Slice(row * multi.Dimension, multi.Dimension);
            if (norms is not null)
            {
                TensorPrimitives.Divide(values, norms[row], _mean); // Written already; as long as a vector.
                values = _mean;
            }

            WriteNumbers(values);
        }

        _json.WriteEndArray();
        if (norms is not null)
        {
            _json.WritePropertyName(ElasticFields.TokenNorms);
            WriteNumbers(norms);
        }
    }

    private void WriteVector(ReadOnlySpan<float> values)
    {
        _json.WritePropertyName(s_embedding);
        if (!base64)
        {
            WriteNumbers(values);
            return;
        }

        if (_turned.Length < values.Length)
        {
            _turned = new int[values.Length];
        }

        var turned = _turned.AsSpan(0, values.Length);
        var numbers = MemoryMarshal.Cast<float, int>(values);
        if (BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(numbers, turned);
        }
        else
        {
            numbers.CopyTo(turned);
        }

        _json.WriteBase64StringValue(MemoryMarshal.AsBytes(turned));
    }

    private void WriteNumbers(ReadOnlySpan<float> values) => _numbers.Write(_json, values);

    private void EndLine()
    {
        output.GetSpan(1)[0] = (byte)'\n';
        output.Advance(1);
    }
}

using System.Text;

namespace Sluice.Actors.Parsing.Text;

/// <summary>Reads bytes that are not UTF-8 as Windows-1252, for files whose long beginning is pure ASCII.</summary>
internal sealed class Windows1252Fallback : DecoderFallback
{
    public override int MaxCharCount => 4;

    public override DecoderFallbackBuffer CreateFallbackBuffer() => new FallbackBuffer();

    private sealed class FallbackBuffer : DecoderFallbackBuffer
    {
        private readonly Encoding _encoding = Encoding.GetEncoding(1252);
        private string _text = string.Empty;
        private int _next;

        public override int Remaining => _text.Length - _next;

        public override bool Fallback(byte[] bytesUnknown, int index)
        {
            _text = _encoding.GetString(bytesUnknown);
            _next = 0;
            return _text.Length > 0;
        }

        public override char GetNextChar() => _next < _text.Length ? _text[_next++] : '\0';

        public override bool MovePrevious()
        {
            if (_next == 0)
            {
                return false;
            }

            _next--;
            return true;
        }

        public override void Reset()
        {
            _text = string.Empty;
            _next = 0;
        }
    }
}

"""Names of months in the languages of the rule packs, as pages write them: full, inflected and shortened.

Months are parted by bars, forms of one month by spaces, words of one form by underscores. Letters are folded when read.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from cleaner.text.fold import fold_text

GREGORIAN = {
    "en": "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep|october oct|november nov|december dec",
    "ar": "يناير جانفي كانون_الثاني|فبراير فيفري شباط|مارس آذار|أبريل أفريل نيسان|مايو ماي أيار|يونيو يونيه جوان حزيران|"
    "يوليو يوليه يوليوز جويلية تموز|أغسطس أوت غشت آب|سبتمبر شتنبر أيلول|أكتوبر تشرين_الأول|نوفمبر نونبر تشرين_الثاني|ديسمبر دجنبر كانون_الأول",
    "fa": "ژانویه|فوریه|مارس|آوریل آپریل|مه می|ژوئن جون|ژوئیه جولای|اوت آگوست|سپتامبر|اکتبر|نوامبر|دسامبر",
    "ur": "جنوری|فروری|مارچ|اپریل|مئی|جون|جولائی|اگست|ستمبر|اکتوبر|نومبر|دسمبر",
    "he": "ינואר|פברואר|מרץ מרס|אפריל|מאי|יוני|יולי|אוגוסט|ספטמבר|אוקטובר|נובמבר|דצמבר",
    "fr": "janvier janv|février févr fév|mars|avril avr|mai|juin|juillet juil|août|septembre sept|octobre oct|novembre nov|décembre déc",
    "es": "enero ene|febrero feb|marzo mar|abril abr|mayo may|junio jun|julio jul|agosto ago|septiembre setiembre sept set sep|octubre oct|"
    "noviembre nov|diciembre dic",
    "pt": "janeiro jan|fevereiro fev|março mar|abril abr|maio mai|junho jun|julho jul|agosto ago|setembro set|outubro out|novembro nov|dezembro dez",
    "it": "gennaio gen|febbraio feb|marzo mar|aprile apr|maggio mag|giugno giu|luglio lug|agosto ago|settembre sett set|ottobre ott|novembre nov|"
    "dicembre dic",
    "ca": "gener gen|febrer feb|març|abril abr|maig|juny|juliol jul|agost ago|setembre set|octubre oct|novembre nov|desembre des",
    "de": "januar jänner jan|februar feber feb|märz maerz mrz|april apr|mai|juni jun|juli jul|august aug|september sept sep|oktober okt|november nov|"
    "dezember dez",
    "nl": "januari jan|februari feb|maart mrt|april apr|mei|juni jun|juli jul|augustus aug|september sept sep|oktober okt|november nov|december dec",
    "sv": "januari jan|februari feb|mars|april apr|maj|juni jun|juli jul|augusti aug|september sep|oktober okt|november nov|december dec",
    "da": "januar jan|februar feb|marts|april apr|maj|juni jun|juli jul|august aug|september sep|oktober okt|november nov|december dec",
    "no": "januar jan|februar feb|mars|april apr|mai|juni jun|juli jul|august aug|september sep|oktober okt|november nov|desember des",
    "pl": "stycznia styczeń sty|lutego luty lut|marca marzec mar|kwietnia kwiecień kwi|maja maj|czerwca czerwiec cze|lipca lipiec lip|"
    "sierpnia sierpień sie|września wrzesień wrz|października październik paź|listopada listopad lis|grudnia grudzień gru",
    "cs": "ledna leden|února únor|března březen|dubna duben|května květen|června červen|července červenec|srpna srpen|září|října říjen|"
    "listopadu listopad|prosince prosinec",
    "ro": "ianuarie ian|februarie feb|martie mar|aprilie apr|mai|iunie iun|iulie iul|august aug|septembrie sept|octombrie oct|noiembrie noi nov|"
    "decembrie dec",
    "bg": "януари ян|февруари фев|март|април апр|май|юни|юли|август авг|септември сеп|октомври окт|ноември ное|декември дек",
    "el": "Ιανουαρίου Ιανουάριος Ιαν|Φεβρουαρίου Φεβρουάριος Φεβ|Μαρτίου Μάρτιος Μαρ|Απριλίου Απρίλιος Απρ|Μαΐου Μάιος Μαϊ|Ιουνίου Ιούνιος Ιουν|"
    "Ιουλίου Ιούλιος Ιουλ|Αυγούστου Αύγουστος Αυγ|Σεπτεμβρίου Σεπτέμβριος Σεπ Σεπτ|Οκτωβρίου Οκτώβριος Οκτ|Νοεμβρίου Νοέμβριος Νοε|"
    "Δεκεμβρίου Δεκέμβριος Δεκ",
    "ru": "января январь янв|февраля февраль фев|марта март мар|апреля апрель апр|мая май|июня июнь июн|июля июль июл|августа август авг|"
    "сентября сентябрь сен сент|октября октябрь окт|ноября ноябрь ноя нояб|декабря декабрь дек",
    "uk": "січня січень січ|лютого лютий лют|березня березень бер|квітня квітень кві|травня травень тра|червня червень чер|липня липень лип|"
    "серпня серпень сер|вересня вересень вер|жовтня жовтень жов|листопада листопад лис|грудня грудень гру",
    "tr": "ocak oca|şubat şub|mart|nisan nis|mayıs may|haziran haz|temmuz tem|ağustos ağu|eylül eyl|ekim eki|kasım kas|aralık ara",
    "az": "yanvar|fevral|mart|aprel|may|iyun|iyul|avqust|sentyabr|oktyabr|noyabr|dekabr",
    "id": "januari jan|februari feb|maret mar|april apr|mei|juni jun|juli jul|agustus agt agu|september sep|oktober okt|november nov|desember des",
    "ms": "januari jan|februari feb|mac|april apr|mei|jun|julai jul|ogos ogo|september sep|oktober okt|november nov|disember dis",
    "hi": "जनवरी|फरवरी फ़रवरी|मार्च|अप्रैल|मई|जून|जुलाई|अगस्त|सितंबर सितम्बर|अक्टूबर अक्तूबर|नवंबर नवम्बर|दिसंबर दिसम्बर",
    "bn": "জানুয়ারি জানুয়ারী|ফেব্রুয়ারি ফেব্রুয়ারী|মার্চ|এপ্রিল|মে|জুন|জুলাই|আগস্ট আগষ্ট অগস্ট|সেপ্টেম্বর|অক্টোবর|নভেম্বর|ডিসেম্বর",
    "th": "มกราคม ม.ค.|กุมภาพันธ์ ก.พ.|มีนาคม มี.ค.|เมษายน เม.ย.|พฤษภาคม พ.ค.|มิถุนายน มิ.ย.|กรกฎาคม ก.ค.|สิงหาคม ส.ค.|กันยายน ก.ย.|ตุลาคม ต.ค.|"
    "พฤศจิกายน พ.ย.|ธันวาคม ธ.ค.",
    "sw": "januari|februari|machi|aprili|mei|juni|julai|agosti|septemba|oktoba|novemba|desemba",
    "am": "ጃንዋሪ ጃንዩወሪ|ፌብሩዋሪ ፌብሩወሪ|ማርች|ኤፕሪል ኤፕረል|ሜይ|ጁን|ጁላይ|ኦገስት|ሴፕቴምበር|ኦክቶበር|ኖቬምበር|ዲሴምበር",
    "hu": "január jan|február febr feb|március márc|április ápr|május máj|június jún|július júl|augusztus aug|szeptember szept|október okt|"
    "november nov|december dec",
    "fi": "tammikuu tammikuuta|helmikuu helmikuuta|maaliskuu maaliskuuta|huhtikuu huhtikuuta|toukokuu toukokuuta|"
    "kesäkuu kesäkuuta|heinäkuu heinäkuuta|elokuu elokuuta|syyskuu syyskuuta|lokakuu lokakuuta|marraskuu marraskuuta|"
    "joulukuu joulukuuta",
    "sk": "januára január jan|februára február feb|marca marec mar|apríla apríl apr|mája máj|júna jún|júla júl|augusta august aug|"
    "septembra september sep|"
    "októbra október okt|novembra november nov|decembra december dec",
    "hr": "siječnja siječanj januara januar|veljače veljača februara februar|ožujka ožujak marta mart|travnja travanj aprila april|"
    "svibnja svibanj maja maj|lipnja lipanj juna jun|srpnja srpanj jula jul|kolovoza kolovoz augusta august avgusta avgust|"
    "rujna rujan septembra septembar|listopada listopad oktobra oktobar|studenoga studenog studeni novembra novembar|"
    "prosinca prosinac decembra decembar",
    "sr": "januar januara jan јануар јануара јан|februar februara feb фебруар фебруара феб|mart marta mar март марта мар|"
    "april aprila apr април априла апр|"
    "maj maja мај маја|jun juna јун јуна|jul jula јул јула|avgust avgusta avg август августа авг|septembar septembra sep септембар септембра сеп|"
    "oktobar oktobra okt октобар октобра окт|novembar novembra nov новембар новембра нов|decembar decembra dec децембар децембра дец",
    "sl": "januar januarja jan|februar februarja feb|marec marca mar|april aprila apr|maj maja|junij junija jun|julij julija jul|avgust avgusta avg|"
    "september septembra sep|oktober oktobra okt|november novembra nov|december decembra dec",
    "lt": "sausio sausis|vasario vasaris|kovo kovas|balandžio balandis|gegužės gegužė|birželio birželis|liepos liepa|rugpjūčio rugpjūtis|"
    "rugsėjo rugsėjis|"
    "spalio spalis|lapkričio lapkritis|gruodžio gruodis",
    "lv": "janvāris janvārī janv|februāris februārī febr|marts martā|aprīlis aprīlī apr|maijs maijā|jūnijs jūnijā jūn|jūlijs jūlijā jūl|"
    "augusts augustā aug|"
    "septembris septembrī sept|oktobris oktobrī okt|novembris novembrī nov|decembris decembrī dec",
    "et": "jaanuar jaan|veebruar veebr|märts|aprill apr|mai|juuni|juuli|august aug|september sept|oktoober okt|november nov|detsember dets",
    "sq": "janar|shkurt|mars|prill|maj|qershor|korrik|gusht|shtator|tetor|nëntor|dhjetor",
    "mk": "јануари јан|февруари фев|март мар|април апр|мај|јуни јун|јули јул|август авг|септември сеп|октомври окт|ноември ное|декември дек",
    "be": "студзеня студзень|лютага люты|сакавіка сакавік|красавіка красавік|мая травень траўня|чэрвеня чэрвень|ліпеня ліпень|жніўня жнівень|"
    "верасня верасень|кастрычніка кастрычнік|лістапада лістапад|снежня снежань",
    "is": "janúar jan|febrúar feb|mars mar|apríl apr|maí|júní jún|júlí júl|ágúst ágú|september sept sep|október okt|nóvember nóv|desember des",
}  # fmt: skip
# Solar Hijri: the Iranian names, then the Afghan ones.
PERSIAN = "فروردین حمل|اردیبهشت ثور|خرداد جوزا|تیر سرطان|مرداد امرداد اسد|شهریور سنبله|مهر میزان|آبان عقرب|آذر قوس|دی جدی|بهمن دلو|اسفند حوت"
HIJRI = (
    "محرم المحرم|صفر|ربيع_الأول|ربيع_الآخر ربيع_الثاني|جمادى_الأولى جمادى_الأول|جمادى_الآخرة جمادى_الثانية جمادى_الثاني|رجب|شعبان|"
    "رمضان|شوال|ذو_القعدة ذي_القعدة|ذو_الحجة ذي_الحجة"
)
ETHIOPIAN = "መስከረም|ጥቅምት|ኅዳር ህዳር|ታኅሣሥ ታህሳስ ታኅሳስ|ጥር|የካቲት|መጋቢት|ሚያዝያ ሚያዚያ|ግንቦት|ሰኔ|ሐምሌ ሀምሌ|ነሐሴ ነሀሴ|ጳጉሜን ጳጉሜ"


@cache
def names_of(table: str) -> Mapping[str, int]:
    """The folded forms of one of the tables above, each with its month's number from 1.

    >>> names_of(GREGORIAN["ar"])["كانون الثاني"], names_of(PERSIAN)["مهر"]
    (1, 7)
    """
    months = table.split("|")
    return {fold_text(form).replace("_", " "): number for number, forms in enumerate(months, 1) for form in forms.split(" ")}


@cache
def gregorian_names(lang: str = "") -> Mapping[str, int]:
    """The forms of a language or, for an empty or unknown one, of all; where languages differ, the first in the table wins."""
    if lang in GREGORIAN:
        return names_of(GREGORIAN[lang])
    merged: dict[str, int] = {}
    for table in GREGORIAN.values():
        for name, number in names_of(table).items():
            merged.setdefault(name, number)
    return merged
